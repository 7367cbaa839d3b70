"""Both ends of a plan as the guards over a stack read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wandb_registry.guards.stack import RegistrySummary, Stack, fingerprint
from wandb_registry.plan_guard.plan import Item, Plan
from wandb_registry.state.models import Visibility
from wandb_registry.state.roles import Role


def stack_before(plan: Plan, after: Stack, live: Mapping[str, Mapping[str, Role]]) -> Stack:
    """The stack as it is. Where a registry's members were read live, those are what its members have now."""
    new_names = {summary.renamed_from: name for name, summary in after.items()}
    return {
        name: RegistrySummary(
            summary.visibility,
            _now(summary, after.get(new_names.get(name, name)), live.get(name)),
            summary.collections,
        )
        for name, summary in _summarize(plan.before.values(), {}, {}).items()
    }


def _now(
    before: RegistrySummary, after: RegistrySummary | None, live: Mapping[str, Role] | None
) -> Mapping[str, Role]:
    if live is None:
        return before.members
    named = {*before.members, *(after.members if after else ())}
    return {label: live[label] for label in sorted(named) if label in live}


def stack_after(plan: Plan) -> Stack:
    """The stack as it is to be, with what is retained, for that stays where it is."""
    registries: dict[str, str] = {}
    collections: dict[tuple[str, str], str] = {}
    for change in plan.changes:
        old, new = change.before, change.after
        if old is None or new is None:
            continue
        if old.kind == "Registry" and old.registry != new.registry:
            registries[new.registry] = old.registry
        if old.kind == "Collection" and old.collection != new.collection:
            collections[new.registry, new.collection] = old.collection
    retained = [c.before for c in plan.changes if c.op == "delete" and not c.deletes and c.before is not None]
    return _summarize([*plan.after.values(), *retained, *_left(plan)], registries, collections)


def _left(plan: Plan) -> Iterable[Item]:
    """Links that a set no longer names and leaves where they are."""
    for change in plan.changes:
        old, new = change.before, change.after
        if old and new and new.kind == "Links" and new.inputs.get("delete") != "destroy":
            yield Item("Links", old.urn, {**old.inputs, "registry": new.registry}, old.outputs)


def _summarize(
    items: Iterable[Item], renamed: Mapping[str, str], renamed_collections: Mapping[tuple[str, str], str]
) -> Stack:
    visibility: dict[str, Visibility] = {}
    members: dict[str, dict[str, Role]] = {}
    contents: dict[str, dict[str, frozenset[str]]] = {}
    for item in items:
        if item.kind == "StackGuard":
            continue
        if item.kind == "Registry":
            visibility[item.registry] = item.inputs.get("visibility", "restricted")
        members.setdefault(item.registry, {}).update(item.members)
        collections = contents.setdefault(item.registry, {})
        if item.collection:
            fingerprints = frozenset(map(fingerprint, item.artifacts))
            collections[item.collection] = collections.get(item.collection, frozenset()) | fingerprints
    return {
        name: RegistrySummary(
            visibility.get(name, "restricted"),
            members[name],
            contents[name],
            renamed.get(name),
            {new: old for (registry, new), old in renamed_collections.items() if registry == name},
        )
        for name in members
    }
