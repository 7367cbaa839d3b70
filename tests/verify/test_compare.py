"""The comparison, case by case: what the properties cannot tell apart."""

from __future__ import annotations

from dataclasses import replace

from tests.verify.states import (
    changed_collection,
    changed_registry,
    inventory_of,
    registry_of,
    stack_of,
    target_of,
)
from wandb_registry.state.inventory import BaselineCollection, BaselineLink, BaselineRegistry, LegacyTeam
from wandb_registry.state.models import LegacyOrigin
from wandb_registry.verify.compare import Checked, Doubt, checked, compare, doubts
from wandb_registry.verify.observation import Observation, Verdict
from wandb_registry.verify.target import TargetCollection, TargetLink, TargetMembers, Unreadable

LINKS = {
    "t/p/m:v3": {"version": "v0", "aliases": ["production"], "id": "A"},
    "t/p/m:v9": {"version": "v2", "id": "B"},
}
STACK = stack_of(
    fraud=registry_of(
        members={"teams": {"t": "member"}, "users": {"alice": "admin"}},
        collections={"churn": {"type": "model", "description": "d", "tags": ["x"], "links": LINKS}},
    )
)
TARGET = target_of(STACK)


def baseline(**fields: object) -> BaselineRegistry:
    return BaselineRegistry.model_validate({"id": "R", "visibility": "restricted", **fields})


def only(observations: tuple[Observation, ...]) -> Observation:
    assert len(observations) == 1, observations
    return observations[0]


def with_users(**users: str) -> TargetMembers:
    return TargetMembers(teams={"t": "member"}, users={"alice": "admin", **users})


def test_counts_what_was_compared() -> None:
    assert checked(STACK, None, TARGET) == Checked(registries=1, members=2, collections=1, links=2)
    unread = changed_registry(TARGET, "fraud", members=Unreadable("x"), collections=Unreadable("x"))
    assert checked(STACK, None, unread) == Checked(registries=1)


def test_a_single_extra_admin_is_the_creator() -> None:
    target = changed_registry(TARGET, "fraud", members=with_users(robot="admin"))
    said = only(compare(STACK, None, target, strict=True))
    assert (said.verdict, said.kind, said.subject) == (Verdict.NOTE, "creator", "fraud user robot")


def test_two_extra_admins_are_differences_because_one_came_by_other_hands() -> None:
    target = changed_registry(TARGET, "fraud", members=with_users(robot="admin", eve="admin"))
    assert {o.verdict for o in compare(STACK, None, target)} == {Verdict.DIFFERENCE}


def test_there_is_no_creator_of_ours_where_the_registry_was_there_before() -> None:
    inventory = inventory_of(baseline={"fraud": baseline(users={"old": "admin"})})
    target = changed_registry(TARGET, "fraud", members=with_users(robot="admin", old="admin"))
    said = {o.subject: o.verdict for o in compare(STACK, inventory, target)}
    assert said == {"fraud user old": Verdict.WARNING, "fraud user robot": Verdict.DIFFERENCE}


def test_keep_creator_false_leaves_no_creator() -> None:
    stack = stack_of(fraud=registry_of(members={"users": {"alice": "admin"}, "keep_creator": "false"}))
    target = changed_registry(
        target_of(stack), "fraud", members=TargetMembers({}, {"alice": "admin", "robot": "admin"})
    )
    assert only(compare(stack, None, target)).verdict is Verdict.DIFFERENCE


def test_additive_members_leave_others_alone() -> None:
    stack = stack_of(fraud=registry_of(members={"users": {"alice": "admin"}, "exclusive": "false"}))
    target = changed_registry(
        target_of(stack), "fraud", members=TargetMembers({"x": "admin"}, {"alice": "admin", "bob": "admin"})
    )
    assert compare(stack, None, target, strict=True) == ()


def test_members_are_compared_without_case_and_absent_ones_can_be_accepted() -> None:
    members = {"users": {"Alice": "admin", "bob": "viewer"}, "missing_principals": "warn"}
    stack = stack_of(fraud=registry_of(members=members))
    target = changed_registry(target_of(stack), "fraud", members=TargetMembers({}, {"alice": "admin"}))
    said = only(compare(stack, None, target))
    assert (said.verdict, said.subject, said.found) == (Verdict.WARNING, "fraud user bob", "no member")


def test_unmanaged_members_are_not_read_as_differences() -> None:
    stack = stack_of(fraud=registry_of())
    target = changed_registry(target_of(stack), "fraud", members=Unreadable("denied"))
    assert compare(stack, None, target) == ()


def test_a_path_with_another_id_than_the_inventory_is_a_difference() -> None:
    legacy = _legacy(links=[("A", 0), ("C", 2)])
    said = [o for o in compare(STACK, inventory_of(legacy=legacy), TARGET) if o.kind == "artifact"]
    assert [(o.subject, o.expected, o.found) for o in said] == [("fraud/churn:v2", "C", "B")]


def _legacy(links: list[tuple[str, int]], **fields: object) -> tuple[LegacyTeam, ...]:
    sources = ("t/p/m:v3", "t/p/m:v9")
    collection = {
        "name": "churn",
        "type": "model",
        "description": "d",
        "tags": ["x"],
        "target": ("fraud", "churn"),
        "links": [
            {"version": number, "artifact_id": id_, "digest": f"digest-of-{id_}", "source": source}
            for (id_, number), source in zip(links, sources, strict=True)
        ],
        **fields,
    }
    return (LegacyTeam.model_validate({"team": "t", "digest": "sha256:0", "collections": [collection]}),)


def test_a_number_other_than_the_legacy_one_needs_a_record_or_acceptance() -> None:
    legacy = _legacy([("A", 0), ("B", 7)])
    unrecorded = only(compare(STACK, inventory_of(legacy=legacy), TARGET))
    assert (unrecorded.verdict, unrecorded.kind, unrecorded.expected) == (Verdict.DIFFERENCE, "number", "v7")

    renumbered = inventory_of(legacy=legacy, renumbered={"fraud": {"churn": {"A": 0, "B": 7}}})
    recorded = only(compare(STACK, renumbered, TARGET))
    assert (recorded.verdict, recorded.kind) == (Verdict.NOTE, "renumbered")
    assert (recorded.expected, recorded.found) == ("v7", "v2")

    accepted_links = {**LINKS, "t/p/m:v9": {"version": "v7", "accept_version": "v2", "id": "B"}}
    accepted = _with_links(accepted_links)
    assert only(compare(accepted, inventory_of(legacy=legacy), TARGET)).verdict is Verdict.NOTE

    open_links = {**LINKS, "t/p/m:v9": {"id": "B"}}
    left_open = only(compare(_with_links(open_links), inventory_of(legacy=legacy), TARGET))
    assert left_open.verdict is Verdict.WARNING


def _with_links(links: object) -> object:
    collections = {"churn": {"type": "model", "links": links, "description": "d", "tags": ["x"]}}
    return stack_of(fraud=registry_of(members=STACK.registries["fraud"].members, collections=collections))


def test_renamed_registry_and_collection_keep_their_evidence() -> None:
    collections = {"churn-2": {"type": "model", "renamed_from": "churn", "links": LINKS}}
    stack = stack_of(risk=registry_of(renamed_from="fraud", collections=collections))
    before = {"old": BaselineCollection(id="C", type="model")}
    legacy = _legacy([("A", 0), ("B", 2)], description=None, tags=[])
    inventory = inventory_of(legacy=legacy, baseline={"fraud": baseline(collections=before)})
    target = target_of(stack, inventory)
    seen = target.registries["risk"].collections
    target = changed_registry(
        target, "risk", collections={**seen, "old": TargetCollection(name="old", type="model")}
    )
    assert compare(stack, inventory, target, strict=True) == ()


def test_links_that_were_there_before_are_no_extra_links() -> None:
    old = BaselineCollection(id="C", type="model", links={"OLD": BaselineLink(version=1)})
    inventory = inventory_of(baseline={"fraud": baseline(collections={"churn": old})})
    links = TARGET.registries["fraud"].collections["churn"].links
    target = changed_collection(TARGET, "fraud", "churn", links=(*links, TargetLink(1, "OLD", "d")))
    assert compare(STACK, inventory, target, strict=True) == ()
    assert only(compare(STACK, None, target)).kind == "link"


def test_a_link_without_id_is_found_by_its_path() -> None:
    stack = _with_links({"t/p/m:v3": {"aliases": ["production"]}, "t/p/m:v9": {}})
    assert compare(stack, None, TARGET, strict=True) == ()


def test_without_id_and_with_hidden_sources_nothing_is_claimed() -> None:
    stack = _with_links({"t/p/m:v3": {"aliases": ["production"]}})
    hidden = (TargetLink(0, "A", "d", frozenset({"production"}), None),)
    target = changed_collection(TARGET, "fraud", "churn", links=hidden)
    assert Verdict.UNREADABLE in {o.verdict for o in compare(stack, None, target)}


def test_a_collection_under_a_name_of_other_case_is_the_same() -> None:
    live = replace(TARGET.registries["fraud"].collections["churn"], name="Churn")
    target = changed_registry(TARGET, "fraud", collections={"Churn": live})
    said = only(compare(STACK, None, target, strict=True))
    assert (said.verdict, said.kind, said.found) == (Verdict.WARNING, "name", "Churn")


def test_what_an_incomplete_listing_lacks_is_unreadable_not_gone() -> None:
    fewer = changed_collection(TARGET, "fraud", "churn", links=())
    target = changed_registry(fewer, "fraud", incomplete="the listing ended early")
    assert {o.verdict for o in compare(STACK, None, target, strict=True)} == {Verdict.UNREADABLE}
    empty = changed_registry(TARGET, "fraud", collections={}, incomplete="the listing ended early")
    assert {o.verdict for o in compare(STACK, None, empty, strict=True)} == {Verdict.UNREADABLE}


def test_doubts_are_the_first_and_last_missing_link_and_missing_collections() -> None:
    assert doubts(STACK, None, TARGET) == []
    fewer = changed_collection(TARGET, "fraud", "churn", links=())
    assert [doubt.version for doubt in doubts(STACK, None, fewer)] == [0, 2]
    empty = changed_registry(TARGET, "fraud", collections={})
    assert doubts(STACK, None, empty) == [Doubt("fraud", "churn", "model", None)]
    # A number that another artifact holds is answered already.
    taken = changed_collection(TARGET, "fraud", "churn", links=(TargetLink(0, "X", "d"),))
    assert [doubt.version for doubt in doubts(STACK, None, taken)] == [2]


def test_artifact_types_only_grow() -> None:
    target = changed_registry(TARGET, "fraud", artifact_types=frozenset({"model", "dataset"}))
    said = only(compare(STACK, None, target))
    assert (said.verdict, said.kind, said.found) == (Verdict.DIFFERENCE, "artifact_types", "also dataset")
    inventory = inventory_of(baseline={"fraud": baseline(artifact_types=("dataset",))})
    assert only(compare(STACK, inventory, target)).verdict is Verdict.WARNING
    any_type = changed_registry(TARGET, "fraud", artifact_types="any")
    assert only(compare(STACK, None, any_type)).found == "any"
    none = changed_registry(TARGET, "fraud", artifact_types=frozenset())
    assert only(compare(STACK, None, none)).found == "without model"


def test_protected_aliases_are_a_manual_step() -> None:
    stack = stack_of(fraud=registry_of(protected_aliases=["production"]))
    said = only(compare(stack, None, target_of(stack), strict=True))
    assert (said.verdict, said.expected) == (Verdict.MANUAL, "production")


def test_left_out_fields_are_not_managed_and_empty_ones_clear() -> None:
    stack = stack_of(fraud=registry_of(collections={"churn": {"type": "model"}}))
    edited = changed_collection(
        target_of(stack), "fraud", "churn", description="by hand", tags=frozenset({"by-hand"})
    )
    assert compare(stack, None, edited, strict=True) == ()
    cleared = {"churn": {"type": "model", "description": "", "tags": []}}
    stack = stack_of(fraud=registry_of(collections=cleared))
    assert {o.kind for o in compare(stack, None, edited)} == {"description", "tags"}


def test_long_descriptions_say_where_they_part() -> None:
    stack = stack_of(fraud=registry_of(description="x" * 200 + "a"))
    target = changed_registry(target_of(stack), "fraud", description="x" * 200 + "b")
    assert only(compare(stack, None, target)).reason == "differs from character 201 on"


def test_files_that_do_not_belong_together_are_named() -> None:
    digest = "sha256:" + "1" * 64
    stack = STACK.model_copy(update={"legacy": (LegacyOrigin(team="t", digest=digest),)})
    inventory = inventory_of(legacy=_legacy([("A", 0), ("B", 2)]))
    record = inventory.organization.model_copy(update={"id": "other"})
    inventory = inventory.model_copy(update={"organization": record, "server": "http://elsewhere"})
    said = {o.kind: o.verdict for o in compare(stack, inventory, TARGET)}
    assert said == {
        "organization": Verdict.DIFFERENCE,
        "legacy": Verdict.DIFFERENCE,
        "server": Verdict.WARNING,
    }
