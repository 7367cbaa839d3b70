"""Each assumption flipped on the server, one by one: doctor finds it, and says what it means."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from tests.doctor.bench import Bench, differing, unknown
from wandb_registry.doctor.findings import exit_code
from wandb_registry.doctor.run import findings_of
from wandb_registry.doctor.schema import ask_schema, read_features, read_schema
from wandb_sandbox.switches import FEATURES, Switches

# Switch -> its other position, the question that finds it, what is found, and whether we rest on it.
FLIPS: list[tuple[str, Any, str, str, bool]] = [
    ("index_reuse", True, "index_reuse", "no: v1 was given again", True),
    ("relink_after_unlink_gives_new_number", False, "relink_after_unlink", "no: it is v1 again", True),
    ("relink_is_idempotent", False, "relink_same_index", "no: v0 became v4", True),
    ("latest_follows_links", False, "latest_follows", "no: it is at v0", True),
    ("alias_moves", False, "alias_moves", "no: ", True),
    ("nested_pages", False, "nested_pages", "no: ", False),
    ("batched_mutations", False, "batched_mutations", "no: ", True),
    ("default_role", "viewer", "default_role", "viewer", False),
    ("default_role", "member", "default_role", "member", True),
    ("organization_base_role", "restricted_viewer", "base_role", "restricted_viewer", True),
    ("organization_base_role", "member", "base_role", "member or more", True),
    ("empty_collection", False, "empty_collection", "no", True),
    ("organization_members", False, "organization_members", "no", False),
    ("creator_becomes_admin", False, "creator_is_admin", "no: no member", True),
    ("restricted_creation_refused", True, "restricted_creation", "no: ", True),
    ("visibility_can_close", False, "closing_visibility", "no: ", False),
    ("visibility_can_open", True, "one_way_visibility", "no: it was opened", True),
    ("implicit_version_alias", False, "version_alias", "no", False),
    ("deleted_source_leaves_link", True, "deleted_source", "the link stays without a source", False),
    ("max_page_size", 2, "page_size", "2", False),
    ("restricted_viewers", False, "restricted_viewers", "no: ", False),
    ("seats_limit", False, "seats", "no: viola may write", False),
    ("organization_admins_see_teams", True, "admins_see_teams", "no: root sees", True),
    ("foreign_sources_refused", False, "personal_source", "no: it is linked", False),
    ("update_adds_members", True, "role_needs_member", "no: it adds them", False),
    ("latest_can_be_removed", False, "latest_removable", "no: ", False),
    ("latest_falls_back", False, "latest_falls_back", "no", False),
    ("deduplicates_any_version", False, "deduplication", "the latest alone", False),
    ("protected_aliases", False, "protected_aliases", "no", False),
    ("workflows_admins", False, "registry_admins", "no", False),
    ("artifact_type_creation", False, "artifact_type_creation", "no", False),
    ("automations", False, "automations", "no", False),
    ("scim", False, "scim", "no", False),
    ("large_pages_refused", True, "large_pages", "no: ", True),
    ("features", {"ARTIFACT_REGISTRY_SEARCH": False}, "features", "off: ARTIFACT_REGISTRY_SEARCH", True),
]
# Questions that only a certain key or organization can ask.
ASKED: dict[str, dict[str, Any]] = {
    "seats_limit": {"second": "viola", "viewer_seat": True},
    "organization_admins_see_teams": {"teams": ("fraud", "risk")},
}
# A switch that shows only together with another.
WITH: dict[str, dict[str, Any]] = {"large_pages_refused": {"max_page_size": 500}}
# It shows in organizations made while it stands so, see below.
AT_CREATION = {"core_registries"}
# What follows from the flipped behaviour in other answers too.
ALSO = {
    "empty_collection": {"parity_empty_models_fraud"},
    "index_reuse": {"parity_gaps_fraud"},
    "relink_after_unlink_gives_new_number": {"parity_gaps_fraud"},
    "features": {"rights_verify"},
    "organization_admins_see_teams": {"rights_cutover"},
}


def test_every_switch_is_flipped() -> None:
    assert {flip[0] for flip in FLIPS} | AT_CREATION == {field.name for field in fields(Switches)}


@pytest.mark.parametrize(("switch", "value", "question", "found", "matters"), FLIPS)
def test_a_flipped_assumption_is_found(
    bench: Bench, switch: str, value: Any, question: str, found: str, matters: bool
) -> None:
    bench.switch(**{switch: value}, **WITH.get(switch, {}))
    report = bench.everything(**ASKED.get(switch, {}))
    different = differing(report)
    assert set(different) == {question} | ALSO.get(switch, set())
    assert different[question].startswith(found)
    finding = report.finding(question)
    assert finding is not None
    assert finding.consequence
    assert finding.needed is matters
    assert bench.projects() == bench.untouched
    if matters:
        assert exit_code(findings_of(report)) == 1


def test_nothing_differs_on_the_server_as_it_is_assumed(bench: Bench) -> None:
    report = bench.everything()
    assert differing(report) == {}
    assert unknown(report) == {"server_version", "page_size", "admins_see_teams", "seats"}
    assert exit_code(findings_of(report)) == 0
    assert not any(row.blocks for row in report.parity)
    assert bench.projects() == bench.untouched


def test_what_only_other_keys_can_tell_is_as_assumed_too(bench: Bench) -> None:
    seat = bench.everything(second="viola", viewer_seat=True).finding("seats")
    closed = bench.examine(teams=("fraud", "risk")).finding("admins_see_teams")
    assert seat is not None
    assert closed is not None
    assert (seat.verdict, closed.verdict) == ("as_assumed", "as_assumed")


def test_an_organization_without_core_registries(bench: Bench) -> None:
    bench.switch(core_registries=False)
    bench.world.organization("Bare Inc", "bare")
    report = bench.examine(organization="bare", teams=())
    assert differing(report)["core_registries"] == "no"


@pytest.mark.parametrize("feature", sorted(name for name, on in FEATURES.items() if on))
def test_each_feature_that_is_off_is_named(bench: Bench, feature: str) -> None:
    bench.switch(features={feature: False})
    port = bench.world.port("root")
    findings = ask_schema(port, read_schema(port), read_features(port))
    off = [one.found for one in findings if one.id in ("features", "other_features")]
    assert sorted(off) == [f"off: {feature}", "yes"]
