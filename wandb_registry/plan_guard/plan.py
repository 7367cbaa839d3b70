"""A plan: our resources as they are, and what would become of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from wandb_registry.plan_guard.errors import PreviewRejected
from wandb_registry.plan_guard.preview import QUIET_STEPS, Preview, ResourceState, Step
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.roles import Role
from wandb_registry.state.sources import Source

Kind = Literal["Registry", "Memberships", "Membership", "Collection", "Links", "Link", "StackGuard"]
Op = Literal["create", "update", "delete"]

# A dynamic resource's type is a public contract (docs/decisions): module and class of ours.
_KINDS: dict[str, Kind] = {
    "pulumi-python:dynamic/registry:Registry": "Registry",
    "pulumi-python:dynamic/memberships:Memberships": "Memberships",
    "pulumi-python:dynamic/membership:Membership": "Membership",
    "pulumi-python:dynamic/collection:Collection": "Collection",
    "pulumi-python:dynamic/links:Links": "Links",
    "pulumi-python:dynamic/link:Link": "Link",
    "pulumi-python:dynamic/stack_guard:StackGuard": "StackGuard",
}
_OPS: dict[str, Op] = {
    "create": "create",
    "create-replacement": "create",
    "update": "update",
    "delete": "delete",
    "delete-replaced": "delete",
}


@dataclass(frozen=True)
class Item:
    """One of our resources: its inputs, its outs (of before, where it would be changed), and its retain."""

    kind: Kind
    urn: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    retain: bool = False

    @property
    def registry(self) -> str:
        """The registry that it is or belongs to; "" for the stack's guard."""
        return str(self.inputs.get("name" if self.kind == "Registry" else "registry", ""))

    @property
    def collection(self) -> str:
        """The collection that it is or belongs to; "" where it is about a whole registry."""
        return str(self.inputs.get("name" if self.kind == "Collection" else "collection", ""))

    @property
    def label(self) -> str:
        """`registry`, or `registry/collection`."""
        return f"{self.registry}/{self.collection}" if self.collection else self.registry

    @property
    def members(self) -> dict[str, Role]:
        """The members that it names: `user alice`, `team fraud` -> role."""
        if self.kind == "Memberships":
            users = {f"user {name}": Role(role) for name, role in self.inputs.get("users", {}).items()}
            return users | {f"team {name}": Role(role) for name, role in self.inputs.get("teams", {}).items()}
        if self.kind == "Membership":
            return {f"{self.inputs['kind']} {self.inputs['principal']}": Role(self.inputs["role"])}
        return {}

    @property
    def entries(self) -> dict[str, LinkEntry]:
        """The links that it names, by key."""
        if self.kind == "Links":
            return {key: LinkEntry.parse(line) for key, line in self.inputs.get("links", {}).items()}
        if self.kind == "Link":
            source = Source.parse(str(self.inputs["source"]))
            aliases = self.inputs.get("aliases")
            entry = LinkEntry(
                0, str(source), self.inputs.get("version"), None if aliases is None else tuple(aliases)
            )
            return {source.artifact_id or str(source): entry}
        return {}

    @property
    def applied(self) -> dict[str, str]:
        """Key -> artifact id of the links that it made."""
        if self.kind == "Link":
            made = self.outputs.get("made") and self.outputs.get("artifact_id")
            return {key: str(self.outputs["artifact_id"]) for key in self.entries} if made else {}
        return dict(self.outputs.get("applied") or {}) if self.kind == "Links" else {}

    @property
    def artifacts(self) -> frozenset[str]:
        """The artifact ids of the links that it names (a path where the id is not known yet)."""
        known = dict(self.applied)
        if self.kind == "Link" and "artifact_id" in self.outputs:
            known = {key: str(self.outputs["artifact_id"]) for key in self.entries}
        return frozenset(known.get(key, key) for key in self.entries)

    @property
    def units(self) -> frozenset[str]:
        """What is counted where something is taken away: the thing itself, each member, each link."""
        if self.kind in ("Registry", "Collection"):
            return frozenset({self.kind})
        return frozenset(self.members) | self.artifacts


@dataclass(frozen=True)
class Change:
    """What would become of one resource."""

    op: Op
    before: Item | None
    after: Item | None

    @property
    def item(self) -> Item:
        """The resource as it is, or is to be."""
        return cast("Item", self.before or self.after)

    @property
    def deletes(self) -> bool:
        """Whether something goes on the server: a retained resource only leaves the state."""
        return self.op == "delete" and self.before is not None and not self.before.retain


@dataclass(frozen=True)
class Plan:
    """A stack's resources as they are, by URN, and the changes."""

    stack: str
    before: Mapping[str, Item]
    changes: tuple[Change, ...]

    @property
    def after(self) -> dict[str, Item]:
        """The resources as they are to be."""
        items = dict(self.before)
        for change in self.changes:
            if change.before is not None:
                items.pop(change.before.urn, None)
            if change.after is not None:
                items[change.after.urn] = change.after
        return items

    @property
    def registries(self) -> list[str]:
        """The names, as they are now, of the registries in which something changes."""
        return sorted({change.item.registry for change in self.changes} - {""})


def make_plan(preview: Preview, state: Iterable[ResourceState]) -> Plan:
    """The plan of a preview on top of the state that it was made from, as far as ours is concerned."""
    before = {item.urn: item for resource in state if (item := _item(resource)) is not None}
    for step in preview.steps:
        if step.op == "refresh":
            _refresh(before, step)
    changes = [_change(step) for step in preview.steps if step.op not in QUIET_STEPS]
    return Plan(preview.stack, before, tuple(change for change in changes if change is not None))


def _refresh(before: dict[str, Item], step: Step) -> None:
    old = step.old.urn if step.old else step.urn
    if step.new is None:
        before.pop(old, None)
    elif (item := _item(step.new)) is not None:
        before[old] = item


def _change(step: Step) -> Change | None:
    shown = step.old or step.new
    if shown is None or shown.type not in _KINDS:
        return None
    op = _OPS.get(step.op)
    if op is None:
        raise PreviewRejected(f"the preview would {step.op} {step.urn}, which is not known here")
    old = _item(step.old) if step.old and op != "create" else None
    new = _item(step.new) if step.new and op != "delete" else None
    if new is not None and old is not None:
        new = Item(new.kind, new.urn, new.inputs, old.outputs, new.retain)
    return Change(op, old, new)


def _item(resource: ResourceState) -> Item | None:
    kind = _KINDS.get(resource.type)
    if kind is None:
        return None
    return Item(kind, resource.urn, resource.inputs, resource.outputs, resource.retain)
