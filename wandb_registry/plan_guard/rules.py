"""Rules over a plan that need no server: what spans resources, and what has no `check` any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wandb_registry.errors import listed
from wandb_registry.guards.failures import Refusal, too_many_removed
from wandb_registry.guards.links import check_links
from wandb_registry.guards.members import Members, check_kept, check_members, check_service_accounts
from wandb_registry.guards.registries import check_aliases, check_registry
from wandb_registry.guards.stack import check_stack
from wandb_registry.plan_guard.plan import Change, Item, Plan
from wandb_registry.plan_guard.summaries import stack_after, stack_before
from wandb_registry.state.inventory import Boundary, Inventory
from wandb_registry.state.models import StackState
from wandb_registry.state.origins import Origins
from wandb_registry.state.roles import Role


def check_plan(
    plan: Plan,
    desired: StackState | None,
    inventory: Inventory | None,
    live_members: Mapping[str, Mapping[str, Role]],
) -> Iterator[Refusal]:
    """Every rule; `live_members` by registry, as far as they were read."""
    yield from _share(plan)
    yield from _without_retain(plan, desired)
    yield from _of_the_baseline(plan, inventory)
    after = stack_after(plan)
    yield from check_stack(stack_before(plan, after, live_members), after)
    boundaries = Boundaries(plan, inventory)
    for change in plan.changes:
        yield from _inputs(change, boundaries)


def _share(plan: Plan) -> Iterator[Refusal]:
    """Over the whole stack, also where nothing goes on the server: it would no longer be governed."""
    total = sum(len(item.units) for item in plan.before.values())
    removed = 0
    for change in plan.changes:
        if change.before is not None:
            removed += len(change.before.units - (change.after.units if change.after else frozenset()))
    if too_many_removed(removed, total):
        yield Refusal(
            "stack-removal-share",
            plan.stack,
            f"{removed} of {total} registries, members, collections and links of stack {plan.stack} "
            "would be removed",
        )


def _without_retain(plan: Plan, desired: StackState | None) -> Iterator[Refusal]:
    """What goes on the server although the stack file does not say `delete: destroy` of its registry."""
    if desired is None:
        return  # a program written by hand, which says it by retain_on_delete
    gone: dict[str, list[str]] = {}
    for change in plan.changes:
        state = desired.registries.get(change.item.registry)
        if change.deletes and change.item.registry and (state is None or state.delete != "destroy"):
            gone.setdefault(change.item.registry, []).append(change.item.urn.rpartition("::")[2])
    for registry, names in gone.items():
        yield Refusal(
            "delete-without-retain",
            registry,
            f"{listed(names, 5)} would be deleted on the server, and the stack file does not say delete: "
            f"destroy of {registry}",
        )


def _of_the_baseline(plan: Plan, inventory: Inventory | None) -> Iterator[Refusal]:
    """What was there before us is never deleted, whatever the state has forgotten about it."""
    known = inventory.baseline if inventory else {}
    registries = {registry.id for registry in known.values()}
    collections = {c.id for registry in known.values() for c in registry.collections.values()}
    links = {
        (collection.id, artifact)
        for registry in known.values()
        for collection in registry.collections.values()
        for artifact in collection.links
    }
    for change in plan.changes:
        item = change.before
        if item is None or not change.deletes:
            continue
        if item.kind == "Registry":
            ours = not item.inputs.get("baseline") and item.outputs.get("registry_id") not in registries
        elif item.kind == "Collection":
            ours = not item.inputs.get("baseline_id") and item.outputs.get("collection_id") not in collections
        else:
            kept = set(item.inputs.get("baseline") or ())
            where = item.outputs.get("collection_id")
            ours = not any((where, i) in links for i in item.applied.values() if i not in kept)
        if not ours:
            message = f"{item.label} would be deleted, and was there before this stack"
            yield Refusal("baseline-deletion", item.label, message)


def _inputs(change: Change, boundaries: Boundaries) -> Iterator[Refusal]:
    """The rules of `check` again, for a plan may come from another program than ours: the recorded
    boundary is the inventory's, whatever the inputs say."""
    item, old = change.after, change.before
    if item is None:
        return
    boundary = boundaries.of(item)
    if item.kind == "Registry":
        visibility = (old.inputs if old else item.inputs.get("baseline") or {}).get("visibility")
        audience = item.inputs.get("audience")
        yield from check_registry(item.registry, visibility, item.inputs["visibility"], boundary, audience)
        yield from check_kept(item.registry, _kept(item), boundary)
        declared, legacy = item.inputs.get("protected_aliases"), item.inputs.get("legacy_aliases")
        yield from check_aliases(item.registry, declared or (), legacy or ())
    elif item.kind in ("Memberships", "Membership"):
        keep_creator = item.kind == "Membership" or bool(item.inputs.get("keep_creator", True))
        checks = check_members(
            item.registry,
            _members(old) if old else None,
            _members(item),
            boundary,
            keep_creator=keep_creator,
        )
        services = item.inputs.get("service_accounts") or ()
        yield from check_service_accounts(item.registry, _members(item).users, services)
        # One member alone says nothing of the others: those are looked at on the server.
        yield from (r for r in checks if item.kind == "Memberships" or r.guard != "last-admin")
    elif item.kind == "Links":
        yield from check_links(
            item.label,
            old.entries if old else None,
            item.entries,
            fill_gaps=bool(item.inputs.get("fill_gaps")),
            closed=item.inputs.get("closed_sources"),
        )


class Boundaries:
    """The boundary of each registry of a plan: the inventory's, with that of whatever the plan puts there."""

    def __init__(self, plan: Plan, inventory: Inventory | None) -> None:
        self._origins = Origins(inventory) if inventory else None
        self._recorded = inventory.boundaries if inventory else {}
        self._artifacts: dict[str, set[str]] = {}
        for item in plan.after.values():
            self._artifacts.setdefault(item.registry, set()).update(item.artifacts)

    def of(self, item: Item) -> Boundary:
        """That of a resource's registry; what its inputs say where none is recorded."""
        found: Boundary = {}
        if item.registry not in self._recorded:
            given = item.inputs.get("boundary") or {}
            found = {team: _roles(people) for team, people in given.items()}
        if self._origins is None:
            return found
        return found | self._origins.boundary([item.registry], self._artifacts.get(item.registry, ()))


def _kept(item: Item) -> Members:
    return Members(_roles(item.inputs.get("kept_users")), _roles(item.inputs.get("kept_teams")))


def _roles(given: Mapping[str, str] | None) -> dict[str, Role]:
    return {name: Role(role) for name, role in (given or {}).items()}


def _members(item: Item) -> Members:
    roles = item.members.items()
    return Members(
        {label.removeprefix("user "): role for label, role in roles if label.startswith("user ")},
        {label.removeprefix("team "): role for label, role in roles if label.startswith("team ")},
    )
