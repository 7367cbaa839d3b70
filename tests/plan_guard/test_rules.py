"""Each rule over a plan: what it refuses, and what passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.plan_guard.previews import Story, collection, links, memberships, registry, resource
from wandb_registry.plan_guard.rules import check_plan
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_registry.state.roles import Role


def desired(**registries: str) -> StackState:
    """Registry -> what its `delete` says."""
    return StackState.model_validate(
        {
            "version": "1",
            "organization": "Acme",
            "registries": {
                name: {"visibility": "restricted", "artifact_types": ["model"], "delete": delete}
                for name, delete in registries.items()
            },
        }
    )


def inventory(**fields: Any) -> Inventory:
    organization = {"id": "o", "name": "Acme", "entity": "acme-org"}
    return Inventory.model_validate({"server": "http://wandb.test", "organization": organization, **fields})


DESTROY = desired(models="destroy", others="destroy")


def check(
    story: Story,
    file: StackState | None = DESTROY,
    recorded: Inventory | None = None,
    live: Mapping[str, Mapping[str, Role]] | None = None,
) -> list[tuple[str, str]]:
    refusals = check_plan(story.plan, file, recorded, live or {})
    return sorted({(refusal.guard, refusal.subject) for refusal in refusals})


def whole(count: int) -> list[dict[str, Any]]:
    """A registry, a member, a collection and `count` links: count + 3 things."""
    return [
        registry(),
        memberships({"alice": "admin"}),
        collection(),
        links(*(f"a{n}" for n in range(count))),
    ]


def test_a_quarter_of_a_stack_and_at_least_five_is_a_large_removal() -> None:
    share = ("stack-removal-share", "team")
    assert share in check(Story(whole(2)).delete(*whole(2)))
    assert share not in check(Story(whole(1)).delete(*whole(1)))


def test_the_share_is_over_the_whole_stack_also_where_one_resource_is_targeted() -> None:
    small = [collection("small"), links("s1", "s2", "s3", "s4", name="small")]
    assert ("stack-removal-share", "team") in check(Story([*whole(12), *small]).delete(*small))
    assert ("stack-removal-share", "team") not in check(Story([*whole(13), *small]).delete(*small))


def test_entries_that_leave_a_set_count_one_by_one() -> None:
    old = links(*(f"a{n}" for n in range(10)))
    new = links(*(f"a{n}" for n in range(5)))
    assert ("stack-removal-share", "team") in check(Story([registry(), collection(), old]).update(old, new))
    four_less = links(*(f"a{n}" for n in range(6)))
    assert check(Story([registry(), collection(), old]).update(old, four_less)) == []


def test_what_is_retained_counts_too_for_nobody_would_govern_it_any_more() -> None:
    kept = [{**item, "retainOnDelete": True} for item in whole(2)]
    assert check(Story(kept).delete(*kept)) == [("stack-removal-share", "team")]


def test_what_is_deleted_must_be_said_in_the_file() -> None:
    story = Story(whole(9)).delete(collection())
    refused = ("delete-without-retain", "models")
    assert refused in check(story, desired(models="retain"))
    assert refused in check(story, desired(others="destroy"))
    assert refused not in check(story, desired(models="destroy"))
    assert refused not in check(story, None)
    kept = collection(retain=True)
    assert refused not in check(Story([*whole(9)[:2], kept]).delete(kept), desired(models="retain"))


def test_what_was_there_before_is_not_deleted_whatever_the_state_says() -> None:
    recorded = inventory(
        baseline={
            "models": {
                "id": "id of models",
                "visibility": "restricted",
                "collections": {
                    "churn": {"id": "id of churn", "type": "model", "links": {"a1": {"version": 0}}}
                },
            }
        }
    )
    for item, subject in (
        (registry(), "models"),
        (collection(), "models/churn"),
        (links("a1", "a2"), "models/churn"),
        (registry(baseline={"id": "x", "visibility": "restricted"}), "models"),
        (collection(baseline_id="x"), "models/churn"),
    ):
        assert ("baseline-deletion", subject) in check(Story(whole(9)).delete(item), DESTROY, recorded)
    ours = (
        links("a2"),
        links("a1", "a2", baseline=["a1"]),
        collection("other"),
        registry("others"),
        registry(retain=True),
    )
    for item in ours:
        found = check(Story(whole(9)).delete(item), DESTROY, recorded)
        assert not [refusal for refusal in found if refusal[0] == "baseline-deletion"]
    assert ("baseline-deletion", "models") in check(
        Story(whole(9)).delete(registry(baseline={"id": "x", "visibility": "restricted"})), DESTROY, None
    )


def test_access_given_and_content_taken_out_in_one_run() -> None:
    old, more = memberships({"alice": "admin"}), memberships({"alice": "admin", "eve": "viewer"})
    story = Story(whole(9)).update(old, more).delete(collection(), links(*(f"a{n}" for n in range(9))))
    assert ("access-and-content", "models") in check(story)
    kept = [{**item, "retainOnDelete": True} for item in (collection(), links(*(f"a{n}" for n in range(9))))]
    retained = Story(whole(9)).update(old, more).delete(*kept)
    assert ("access-and-content", "models") not in check(retained)
    left = links(delete="retain")
    dropped = Story(whole(9)).update(old, more).update(links(*(f"a{n}" for n in range(9))), left)
    assert ("access-and-content", "models") not in check(dropped)


def test_who_gains_is_told_by_the_roles_on_the_server_where_they_were_read() -> None:
    same = memberships({"alice": "admin"})
    story = Story(whole(9)).update(same, same).delete(collection(), links(*(f"a{n}" for n in range(9))))
    assert ("access-and-content", "models") not in check(story)
    demoted = {"models": {"user alice": Role.VIEWER, "user stranger": Role.ADMIN}}
    assert ("access-and-content", "models") in check(story, live=demoted)
    assert ("access-and-content", "models") not in check(story, live={"models": {"user alice": Role.ADMIN}})


def test_content_that_moves_between_registries() -> None:
    old, new = links("a1", "a2", "a3"), links("a1", "a2")
    story = Story([registry(), registry("others"), collection(), old]).update(old, new)
    story.create(collection("moved", "others"), links("a3", name="moved", registry="others"))
    assert check(story) == [("moved-content", "models/others")]


def test_a_renamed_registry_is_no_removal() -> None:
    old, new = registry(), {**registry("better"), "urn": registry("better")["urn"]}
    contents = [collection(), links(*(f"a{n}" for n in range(9)))]
    moved = [collection(registry="better"), links(*(f"a{n}" for n in range(9)), registry="better")]
    story = Story([old, *contents]).update(old, new)
    for before, after in zip(contents, moved, strict=True):
        story.update(before, after)
    assert check(story, desired(better="retain")) == []


def test_a_renamed_collection_is_no_removal() -> None:
    story = Story([registry(), collection(), links("a1")]).update(collection(), collection("better"))
    story.update(links("a1"), {**links("a1", name="better")})
    assert check(story) == []


def test_the_recorded_boundary_is_the_inventorys_whatever_the_inputs_say() -> None:
    recorded = inventory(boundaries={"models": {"fraud": {"alice": "admin", "bob": "viewer"}}})
    wide = memberships({"alice": "admin", "bob": "member"})
    assert check(Story([registry()]).create(wide), DESTROY, recorded) == [("widening", "models/bob")]
    assert check(Story([registry()]).create(wide)) == []
    told = memberships({"bob": "member"}, boundary={"fraud": {"bob": "viewer"}})
    assert ("widening", "models/bob") in check(Story([registry()]).create(told))
    opened = registry(visibility="organization")
    assert check(Story([]).create(opened), DESTROY, recorded) == [("widening", "models")]


def test_the_boundary_follows_what_the_plan_puts_into_a_registry() -> None:
    held = {"version": 0, "artifact_id": "a1", "digest": "d", "source": "risk/train/score:v0"}
    score = {"name": "score", "type": "model", "links": [held], "target": ["risk-models", "score"]}
    recorded = inventory(
        legacy=[{"team": "risk", "digest": "sha256:" + "0" * 64, "collections": [score]}],
        boundaries={"models": {"fraud": {"alice": "admin"}}, "risk-models": {"risk": {"rita": "member"}}},
    )
    members = memberships({"alice": "admin"})
    assert check(Story([registry()]).create(members), DESTROY, recorded) == []
    moved = Story([registry()]).create(members, collection(), links("a1"))
    assert check(moved, DESTROY, recorded) == [("merge-widening", "models/alice")]


def test_the_rules_of_check_hold_for_any_program() -> None:
    opened = registry(visibility="organization")
    assert check(Story([registry()]).update(registry(), opened)) == [("visibility", "models")]
    down = memberships({"alice": "member"})
    old = memberships({"alice": "admin"})
    assert check(Story([registry(), old]).update(old, down)) == [("last-admin", "models")]
    gap = links("a1", links={"a1": "0000 v3 fraud/train/churn:v3"})
    assert check(Story([registry()]).create(gap)) == [("numbering-unproven", "models/churn")]
    closed = links("a1", closed_sources={"a1": "fraud/secret"})
    assert check(Story([registry()]).create(closed)) == [("restricted-source", "models/fraud/secret")]
    low = memberships({"ci": "viewer"}, service_accounts=["ci"])
    assert check(Story([registry()]).create(low)) == [("service-account-role", "models/ci")]
    kept = registry("old", kept_users={"zoe": "admin"}, boundary={"fraud": {"ann": "admin"}})
    assert check(Story([]).create(kept)) == [("widening", "old/zoe")]
    dropped = registry("fresh", legacy_aliases=["gold"], protected_aliases=["best"])
    assert check(Story([]).create(dropped)) == [("alias-unprotected", "fresh/gold")]
    one = resource("Membership", "one", registry="models", kind="user", principal="bob", role="viewer")
    assert check(Story([registry()]).create(one)) == []
