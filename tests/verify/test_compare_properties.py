"""Properties: what equals the stack file has no difference; any single change has exactly its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from tests.verify.states import changed_collection, changed_registry, stacks, target_of
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_registry.verify.compare import compare
from wandb_registry.verify.observation import Verdict, exit_code
from wandb_registry.verify.target import (
    NotThere,
    Target,
    TargetCollection,
    TargetLink,
    TargetRegistry,
    Unreadable,
)


@dataclass(frozen=True)
class Mutation:
    """One change of the target, and what must be said about it; None: by `manage`."""

    name: str
    kind: str
    verdict: Verdict | None
    target: Target
    registry: str


def _mutations(stack: StackState, target: Target) -> list[Mutation]:
    found: list[Mutation] = []
    for name, state in stack.registries.items():
        seen = target.registries[name]
        assert isinstance(seen, TargetRegistry)
        assert isinstance(seen.collections, dict)
        different = Verdict.DIFFERENCE

        def add(what: str, kind: str, verdict: Verdict | None, changed: Target, registry: str = name) -> None:
            found.append(Mutation(what, kind, verdict, changed, registry))

        gone = replace(target, registries={**target.registries, name: NotThere()})
        add("registry gone", "registry", different, gone)
        hidden = replace(target, registries={**target.registries, name: Unreadable("timeout")})
        add("registry unreadable", "registry", Verdict.UNREADABLE, hidden)
        other = "organization" if state.visibility == "restricted" else "restricted"
        add("visibility", "visibility", different, changed_registry(target, name, visibility=other))
        if state.description is not None:
            edited = changed_registry(target, name, description=state.description + "!")
            add("description", "description", different, edited)
        extra_collection = {**seen.collections, "zzzzzzz": TargetCollection(name="zzzzzzz", type="model")}
        added = changed_registry(target, name, collections=extra_collection)
        add("collection added", "collection", Verdict.CHANGED_SINCE, added)
        if state.members is not None:
            _member_mutations(add, name, stack, target)
        for collection in state.collections:
            _collection_mutations(add, name, collection, stack, target)
    return found


def _member_mutations(add: Callable[..., None], name: str, stack: StackState, target: Target) -> None:
    seen = target.registries[name]
    assert isinstance(seen, TargetRegistry)
    assert not isinstance(seen.members, Unreadable)
    members = seen.members
    for user, role in members.users.items():
        fewer = {n: r for n, r in members.users.items() if n != user}
        gone = changed_registry(target, name, members=replace(members, users=fewer))
        add("member removed", "member", Verdict.DIFFERENCE, gone)
        other = "viewer" if role != "viewer" else "member"
        raised = replace(members, users={**members.users, user: other})
        add("role", "role", Verdict.DIFFERENCE, changed_registry(target, name, members=raised))
    if stack.registries[name].exclusive:
        intruder = replace(members, users={**members.users, "mallory": "viewer"})
        add("member added", "member", Verdict.DIFFERENCE, changed_registry(target, name, members=intruder))


def _collection_mutations(
    add: Callable[..., None], name: str, collection: str, stack: StackState, target: Target
) -> None:
    state = stack.registries[name].collections[collection]
    seen = target.registries[name]
    assert isinstance(seen, TargetRegistry)
    assert isinstance(seen.collections, dict)
    live = seen.collections[collection]

    def change(**fields: object) -> Target:
        return changed_collection(target, name, collection, **fields)

    fewer = {n: c for n, c in seen.collections.items() if n != collection}
    add(
        "collection gone", "collection", Verdict.DIFFERENCE, changed_registry(target, name, collections=fewer)
    )
    add("type", "type", Verdict.DIFFERENCE, change(type="dataset"))
    if state.description is not None:
        add("description", "description", Verdict.DIFFERENCE, change(description=live.description + "!"))
    if state.tags is not None:
        add("tags", "tags", Verdict.DIFFERENCE, change(tags=live.tags | {"new-tag"}))
    stranger = TargetLink(99, "id-of-a-stranger", "digest")
    add("link added", "link", None, change(links=(*live.links, stranger)))
    for link in live.links:
        others = tuple(one for one in live.links if one is not link)
        add("link removed", "link", None, change(links=others))
        add("renumbered", "number", Verdict.DIFFERENCE, change(links=(*others, replace(link, version=99))))
        add("digest", "digest", Verdict.DIFFERENCE, change(links=(*others, replace(link, digest="other"))))
        swapped = replace(link, artifact_id="id-of-a-stranger", source="a/b/c:v0")
        add("artifact", "artifact", Verdict.DIFFERENCE, change(links=(*others, swapped)))
        declared = next(s for s in state.links.values() if s.id == link.artifact_id)
        if declared.aliases is not None:
            moved = replace(link, aliases=link.aliases ^ {"champion"})
            add("alias added", "aliases", None, change(links=(*others, moved)))
            followed = replace(link, aliases=link.aliases | {"latest", f"v{link.version}"})
            assert not _said(stack, change(links=(*others, followed)))


def _said(stack: StackState, target: Target, inventory: Inventory | None = None) -> set[Verdict]:
    return {one.verdict for one in compare(stack, inventory, target)} - {Verdict.EXCLUDED}


@given(stacks())
def test_a_target_equal_to_the_stack_has_nothing_to_say(both: tuple[StackState, Inventory]) -> None:
    stack, inventory = both
    observations = compare(stack, inventory, target_of(stack, inventory), strict=True)
    assert {one.verdict for one in observations} <= {Verdict.EXCLUDED}
    assert exit_code(observations) == 0


@given(stacks(), st.data())
def test_any_single_change_is_said_by_its_kind(
    both: tuple[StackState, Inventory], data: st.DataObject
) -> None:
    stack, inventory = both
    target = target_of(stack, inventory)
    mutation = data.draw(st.sampled_from(_mutations(stack, target)), label="mutation")
    always = stack.registries[mutation.registry].manage == "always"
    by_manage = Verdict.DIFFERENCE if always else Verdict.CHANGED_SINCE
    said = [one for one in compare(stack, inventory, mutation.target) if one.verdict is not Verdict.EXCLUDED]
    assert {(one.verdict, one.kind) for one in said} == {(mutation.verdict or by_manage, mutation.kind)}
    assert all(one.subject.startswith(mutation.registry) for one in said)


@given(stacks(), st.data())
def test_strict_lets_no_change_pass(both: tuple[StackState, Inventory], data: st.DataObject) -> None:
    stack, inventory = both
    target = target_of(stack, inventory)
    mutation = data.draw(st.sampled_from(_mutations(stack, target)), label="mutation")
    code = exit_code(compare(stack, inventory, mutation.target, strict=True))
    assert code == (3 if mutation.verdict is Verdict.UNREADABLE else 1)
