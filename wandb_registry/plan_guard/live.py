"""What the server holds of the registries that a plan touches, and the rules that need to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wandb_registry.guards.automations import TAGGED, UNLINKED, Writes, events_of_links
from wandb_registry.guards.failures import Refusal
from wandb_registry.plan_guard.plan import Change, Item, Plan
from wandb_registry.server.collections import Home
from wandb_registry.server.contents import list_contents
from wandb_registry.server.errors import NotVisible
from wandb_registry.server.members import list_members
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import get_registry
from wandb_registry.state.roles import Role
from wandb_registry.state.sources import Source


@dataclass(frozen=True)
class LiveRegistry:
    """A registry on the server; `contents` (collection -> artifact ids) is read only where a plan deletes."""

    members: Mapping[str, Role]
    contents: Mapping[str, frozenset[str]] | None = None


@dataclass(frozen=True)
class Live:
    """The touched registries by name; who acts."""

    acting: str
    registries: Mapping[str, LiveRegistry] = field(default_factory=dict)

    @property
    def members(self) -> dict[str, Mapping[str, Role]]:
        """The members of each registry that was read."""
        return {name: registry.members for name, registry in self.registries.items()}


def read_registry(port: Port, organization: Organization, name: str, *, contents: bool) -> LiveRegistry:
    """A registry that the state knows; NotVisible where it is not there, or hidden."""
    found = get_registry(port, organization, name)
    if found is None:
        raise NotVisible(f"registry {name} of {organization} is not there, or this key may not see it")
    members = list_members(port, organization, found.project)
    held: dict[str, frozenset[str]] | None = None
    if contents:
        held = {
            content.collection.name: frozenset(link.link.artifact_id for link in content.links)
            for content in list_contents(port, Home.of(organization, found.project))
        }
    return LiveRegistry({str(principal): member.role for principal, member in members.items()}, held)


def check_live(plan: Plan, live: Live) -> Iterator[Refusal]:
    """The rules that need the server."""
    for name, registry in live.registries.items():
        changes = [change for change in plan.changes if change.item.registry == name]
        yield from _foreign_content(name, registry, changes)
        yield from _last_admin(name, registry, changes, live.acting)


def writes_of_plan(plan: Plan) -> Iterator[Writes]:
    """What the plan would set off, change by change; automations may be listening."""
    for change in plan.changes:
        old, new = change.before, change.after
        events: frozenset[str] = frozenset()
        if new is not None and new.kind in ("Links", "Link"):
            events = events_of_links(
                old.entries if old else None,
                new.entries,
                fill_gaps=bool(new.inputs.get("fill_gaps")),
                destroy=new.inputs.get("delete") == "destroy",
            )
        elif new is not None and new.kind == "Collection":
            events = TAGGED if _tags(new) - _tags(old) or _tags(old) - _tags(new) else events
        elif change.deletes and change.item.applied:
            events = UNLINKED
        if events:
            item = new or change.item
            yield Writes(item.registry, events, frozenset({item.collection}), _teams(change))


def _foreign_content(name: str, live: LiveRegistry, changes: list[Change]) -> Iterator[Refusal]:
    """A registry or collection that is to go, and holds what this stack did not make."""
    if live.contents is None:
        return
    deleted = [change.before for change in changes if change.deletes and change.before is not None]
    going = {item.collection for item in deleted if item.kind == "Collection"}
    ours: dict[str, set[str]] = {}
    for item in deleted:
        kept = set(item.inputs.get("baseline") or ()) if item.kind == "Links" else set()
        ours.setdefault(item.collection, set()).update(set(item.applied.values()) - kept)
    for item in deleted:
        if item.kind == "Registry" and not item.inputs.get("baseline"):
            foreign = sorted(set(live.contents) - going)
            what = "collections"
        elif item.kind == "Collection" and not item.inputs.get("baseline_id"):
            foreign = sorted(
                live.contents.get(item.collection, frozenset()) - ours.get(item.collection, set())
            )
            what = "links"
        else:
            continue
        if foreign:
            shown = ", ".join(foreign[:5])
            yield Refusal(
                "foreign-content",
                item.label,
                f"{item.label} would be deleted and holds {len(foreign)} {what} that this stack did not "
                f"make ({shown}): take them elsewhere, or keep {name} with delete: retain",
                final=True,
            )


def _last_admin(name: str, live: LiveRegistry, changes: list[Change], acting: str) -> Iterator[Refusal]:
    """Nobody administers the registry afterwards, as it is and not as the file thinks that it is."""
    if any(change.deletes and change.item.kind == "Registry" for change in changes):
        return
    after = dict(live.members)
    for change in changes:
        for label in _removed(change, acting):
            after.pop(label, None)
        if change.after is not None:
            after |= change.after.members
    if Role.ADMIN in live.members.values() and Role.ADMIN not in after.values():
        yield Refusal("last-admin", name, f"{name} would be left without an admin")


def _removed(change: Change, acting: str) -> frozenset[str]:
    """The members that a change takes away, as the memberships reconciler decides it."""
    old, new = change.before, change.after
    if old is None or old.kind not in ("Memberships", "Membership"):
        return frozenset()
    creator = str(old.outputs.get("creator") or "")
    baseline = frozenset(old.inputs.get("baseline") or ())
    if old.kind == "Membership":
        applied = frozenset(old.members) if old.outputs.get("added") else frozenset()
    else:
        applied = frozenset(old.outputs.get("applied") or ())
    if change.deletes:
        return applied - baseline - {f"user {creator}", f"user {acting}"}
    if new is None or old.kind == "Membership":
        return frozenset()
    strangers = frozenset(old.members) if new.inputs.get("exclusive") else frozenset()
    gone = (applied | strangers) - frozenset(new.members) - baseline - {f"user {creator}"}
    return gone if new.inputs.get("keep_creator", True) else gone | {f"user {creator}"}


def _tags(item: Item | None) -> frozenset[str]:
    return frozenset((item.inputs.get("tags") if item else None) or ())


def _teams(change: Change) -> frozenset[str]:
    entries = [entry for item in (change.before, change.after) if item for entry in item.entries.values()]
    return frozenset(filter(None, (Source.parse(entry.source).entity for entry in entries)))
