"""The rules that need the server: what is deleted with it, who is left, what would fire."""

from __future__ import annotations

from typing import Any

from tests.plan_guard.previews import Story, collection, links, memberships, registry, resource
from wandb_registry.guards.automations import LINKED, TAGGED, UNLINKED, Writes
from wandb_registry.plan_guard.live import Live, LiveRegistry, check_live, writes_of_plan
from wandb_registry.state.roles import Role

ROOT = {"user root": Role.ADMIN}


def check(
    story: Story, members: dict[str, Role] | None = None, contents: dict[str, set[str]] | None = None
) -> list[tuple[str, str]]:
    held = None if contents is None else {name: frozenset(ids) for name, ids in contents.items()}
    live = Live("acting", {"models": LiveRegistry(ROOT if members is None else members, held)})
    return [(refusal.guard, refusal.subject) for refusal in check_live(story.plan, live)]


def test_a_collection_that_holds_other_peoples_links_is_not_deleted() -> None:
    story = Story([registry(), collection(), links("a1")]).delete(links("a1"), collection())
    assert check(story, contents={"churn": {"a1"}}) == []
    assert check(story, contents={"churn": {"a1", "theirs"}}) == [("foreign-content", "models/churn")]
    assert check(story, contents={}) == []


def test_links_of_the_baseline_and_of_a_set_that_stays_are_other_peoples() -> None:
    kept = links("a1", "a2", baseline=["a1"])
    story = Story([registry(), collection(), kept]).delete(kept, collection())
    assert check(story, contents={"churn": {"a1", "a2"}}) == [("foreign-content", "models/churn")]
    alone = Story([registry(), collection(), links("a1")]).delete(collection())
    assert check(alone, contents={"churn": {"a1"}}) == [("foreign-content", "models/churn")]


def test_a_registry_that_holds_other_peoples_collections_is_not_deleted() -> None:
    story = Story([registry(), collection()]).delete(collection(), registry())
    assert check(story, contents={"churn": set()}) == []
    assert check(story, contents={"churn": set(), "theirs": set()}) == [("foreign-content", "models")]


def test_what_is_retained_or_of_the_baseline_stays_with_all_it_holds() -> None:
    for item in (
        registry(retain=True),
        registry(baseline={"id": "x", "visibility": "restricted"}),
        collection(retain=True),
        collection(baseline_id="x"),
    ):
        assert check(Story([item]).delete(item), contents={"churn": {"theirs"}}) == []


def test_the_last_admin_is_told_by_who_is_there_and_not_by_the_file() -> None:
    gone = memberships({"alice": "admin"})
    story = Story([registry(), gone]).delete(gone)
    assert check(story, {"user alice": Role.ADMIN, "user bob": Role.MEMBER}) == [("last-admin", "models")]
    assert check(story, {"user alice": Role.ADMIN, "user root": Role.ADMIN}) == []
    assert check(story, {"user bob": Role.MEMBER}) == []
    kept = memberships({"alice": "admin"}, retain=True)
    assert check(Story([registry(), kept]).delete(kept), {"user alice": Role.ADMIN}) == []


def test_creator_baseline_and_the_acting_user_are_never_removed() -> None:
    for label, changes in (
        ("user root", {}),
        ("user acting", {}),
        ("user old", {"baseline": ["user old"]}),
    ):
        outs = {"applied": [label]}
        gone = memberships({label.removeprefix("user "): "admin"}, outs=outs, **changes)
        assert check(Story([registry(), gone]).delete(gone), {label: Role.ADMIN}) == []


def test_a_registry_that_goes_needs_no_admin() -> None:
    gone = memberships({"alice": "admin"})
    story = Story([registry(), gone]).delete(gone, registry())
    assert check(story, {"user alice": Role.ADMIN}, {}) == []


def test_an_update_leaves_an_admin_or_is_refused() -> None:
    old = memberships({"alice": "admin", "bob": "member"}, outs={"creator": ""})
    story = Story([registry(), old]).update(old, memberships({"bob": "member"}))
    assert check(story, {"user alice": Role.ADMIN}) == [("last-admin", "models")]
    promoted = Story([registry(), old]).update(old, memberships({"bob": "admin"}))
    assert check(promoted, {"user alice": Role.ADMIN}) == []
    demoted = Story([registry(), old]).update(old, memberships({"alice": "viewer"}))
    assert check(demoted, {"user alice": Role.ADMIN}) == [("last-admin", "models")]


def test_a_stranger_is_removed_where_the_set_is_exclusive_alone() -> None:
    seen = memberships({"alice": "member", "eve": "admin"}, outs={"applied": ["user alice"], "creator": ""})
    alice = memberships({"alice": "member"})
    members = {"user alice": Role.MEMBER, "user eve": Role.ADMIN}
    assert check(Story([registry(), seen]).update(seen, alice), members) == [("last-admin", "models")]
    additive = memberships({"alice": "member"}, exclusive=False)
    assert check(Story([registry(), seen]).update(seen, additive), members) == []


def test_the_creator_goes_where_the_file_says_so() -> None:
    old = memberships({"alice": "member"})
    new = memberships({"alice": "member"}, keep_creator=False)
    assert check(Story([registry(), old]).update(old, new), ROOT) == [("last-admin", "models")]


def test_one_membership_of_its_own_counts_where_this_stack_added_it() -> None:
    def one(*, added: bool) -> dict[str, Any]:
        fields = {"registry": "models", "kind": "user", "principal": "alice", "role": "admin"}
        return resource("Membership", "one", outs={"added": added}, **fields)

    alice = {"user alice": Role.ADMIN}
    assert check(Story([one(added=True)]).delete(one(added=True)), alice) == [("last-admin", "models")]
    assert check(Story([one(added=False)]).delete(one(added=False)), alice) == []


def writes(story: Story) -> list[Writes]:
    return list(writes_of_plan(story.plan))


def test_what_a_plan_would_set_off() -> None:
    fraud, churn = frozenset({"fraud"}), frozenset({"churn"})
    linked = writes(Story([registry()]).create(collection(), links("a1")))
    assert linked == [Writes("models", LINKED, churn, fraud)]
    tagged = writes(Story([collection()]).update(collection(), collection(tags=["eu"])))
    assert tagged == [Writes("models", TAGGED, churn, frozenset())]
    assert writes(Story([links("a1")]).delete(links("a1"))) == [Writes("models", UNLINKED, churn, fraud)]
    taken = Story([links("a1", "a2")]).update(links("a1", "a2"), links("a1"))
    assert writes(taken) == [Writes("models", UNLINKED, churn, fraud)]
    kept = links("a1", retain=True)
    assert writes(Story([kept]).delete(kept)) == []
    assert writes(Story([registry()]).create(memberships({"bob": "viewer"}))) == []
