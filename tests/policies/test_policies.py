"""Each policy on resources as the engine shows them to a pack."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import (
    EnforcementLevel,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policies.registry_policies import inputs_of, policies

BOUNDARY = {"fraud": {"alice": "admin", "bob": "viewer"}}
OPTIONS: PolicyResourceOptions = None  # type: ignore[assignment]  # no policy of ours looks at them
Resource = tuple[str, dict[str, Any]]


def registry(**changes: Any) -> Resource:
    inputs = {"organization": "Acme", "name": "models", "visibility": "restricted", **changes}
    return "registry:Registry", inputs


def memberships(users: dict[str, str], **changes: Any) -> Resource:
    inputs = {"organization": "Acme", "registry": "models", "users": users, "teams": {}, **changes}
    return "memberships:Memberships", inputs


def collection(**changes: Any) -> Resource:
    return "collection:Collection", {
        "organization": "Acme",
        "registry": "models",
        "name": "churn",
        "type": "model",
        **changes,
    }


def links(*versions: int, **changes: Any) -> Resource:
    lines = {f"a{n}": f"{n:04d} v{v} fraud/train/churn:v{v}" for n, v in enumerate(versions)}
    inputs = {"organization": "Acme", "registry": "models", "collection": "churn", "links": lines, **changes}
    return "links:Links", inputs


def violations(name: str, *resources: Resource, **config: Any) -> list[str]:
    policy, reported = {policy.name: policy for policy in policies()}[name], []

    def report(message: str, urn: str | None = None) -> None:
        assert urn
        reported.append(message)

    assert isinstance(policy, ResourceValidationPolicy)
    for kind, props in resources:
        token, proxy = f"pulumi-python:dynamic/{kind}", unknown_checking_proxy(props)
        policy.validate(
            ResourceValidationArgs(token, proxy, f"urn:{kind}", "n", OPTIONS, None, config), report
        )
    return reported


def test_widening_against_the_boundary_names_the_person() -> None:
    wide = memberships({"alice": "admin", "bob": "member"}, boundary=BOUNDARY)
    (message,) = violations("no-widening", wide)
    assert "bob would be member" in message
    assert violations("no-widening", memberships({"bob": "viewer"}, boundary=BOUNDARY)) == []
    assert violations("no-widening", memberships({"eve": "admin"})) == []
    one = ("membership:Membership", {**wide[1], "kind": "user", "principal": "eve", "role": "viewer"})
    assert "eve" in violations("no-widening", one)[0]


def test_two_merged_teams_that_see_each_others_models_are_a_widening() -> None:
    boundary = {"fraud": {"alice": "admin"}, "risk": {"rita": "member"}}
    assert len(violations("no-widening", memberships({"rita": "member"}, boundary=boundary))) == 1


def test_a_link_from_a_restricted_project_is_a_widening() -> None:
    closed = links(0, closed_sources={"a0": "fraud/secret"})
    assert "restricted project fraud/secret" in violations("no-widening", closed)[0]
    assert violations("no-widening", links(0)) == []


def test_legacy_models_are_not_opened_to_the_organization() -> None:
    opened = registry(visibility="organization", boundary=BOUNDARY)
    assert "open to everyone" in violations("no-widening", opened)[0]
    assert violations("no-widening", registry(visibility="organization")) == []


def test_an_override_lifts_a_policy_too() -> None:
    override = {"guard": "widening", "subject": "models/bob", "reason": "r", "approved_by": "a"}
    wide = memberships({"bob": "member"}, boundary=BOUNDARY, overrides=[override])
    assert violations("no-widening", wide) == []


def test_a_registry_keeps_an_admin() -> None:
    assert len(violations("last-admin", memberships({"bob": "member"}, keep_creator=False))) == 1
    assert violations("last-admin", memberships({"bob": "member"})) == []


def test_download_is_kept_and_restricted_viewers_can_be_refused_altogether() -> None:
    lost = memberships({"bob": "restricted_viewer"}, boundary=BOUNDARY)
    assert "could download" in violations("keep-download", lost)[0]
    new = memberships({"eve": "restricted_viewer", "bob": "viewer"})
    assert violations("keep-download", new) == []
    assert violations("keep-download", new, refuseAll=True) == [
        "user eve of models could look and not download"
    ]


def test_numbers_are_proved() -> None:
    assert len(violations("proved-numbers", links(0, 2))) == 1
    assert violations("proved-numbers", links(0, 2, fill_gaps=True)) == []


def test_protected_aliases_are_said_and_the_required_ones_are_there() -> None:
    assert "says nothing" in violations("protected-aliases", registry(boundary=BOUNDARY))[0]
    assert violations("protected-aliases", registry(boundary=BOUNDARY, protected_aliases=[])) == []
    assert violations("protected-aliases", registry()) == []
    dropped = registry(boundary=BOUNDARY, protected_aliases=[], legacy_aliases=["gold"])
    assert "alias gold was protected" in violations("protected-aliases", dropped)[0]
    missing = violations("protected-aliases", registry(protected_aliases=["best"]), required=["best", "prod"])
    assert missing == ["alias prod must be protected in models"]


def test_names_match_the_patterns_that_are_asked_of_them() -> None:
    assert violations("names", registry(), collection()) == []
    asked = {"registries": r"[a-z]+-models", "collections": "churn"}
    assert violations("names", registry(name="fraud-models"), collection(), links(0), **asked) == []
    assert "does not match" in violations("names", registry(), **asked)[0]
    assert "does not match" in violations("names", collection(name="loss"), **asked)[0]


def test_types_are_among_the_allowed_ones() -> None:
    assert violations("types", registry(artifact_types="any"), collection(type="x")) == []
    allowed = {"allowed": ["model"]}
    assert violations("types", registry(artifact_types=["model"]), collection(), links(0), **allowed) == []
    assert len(violations("types", registry(artifact_types="any"), **allowed)) == 1
    assert len(violations("types", registry(artifact_types=["model", "dataset"]), **allowed)) == 1
    assert len(violations("types", collection(type="dataset"), **allowed)) == 1


def test_deletion_is_advice() -> None:
    assert len(violations("deletion", links(0, delete="destroy"))) == 1
    assert violations("deletion", links(0), registry()) == []
    levels = {policy.name: policy.enforcement_level for policy in policies()}
    assert levels.pop("deletion") is EnforcementLevel.ADVISORY
    assert set(levels.values()) == {None}  # the pack's own: mandatory


def test_a_restricted_registry_has_the_members_of_the_file() -> None:
    additive = memberships({"bob": "viewer"})
    assert len(violations("exclusive-members", registry(), additive)) == 1
    assert violations("exclusive-members", registry(), memberships({}, exclusive=True)) == []
    assert violations("exclusive-members", registry(visibility="organization"), additive) == []
    assert violations("exclusive-members", registry(), additive, **{"except": ["models"]}) == []


def test_a_collection_has_a_type_that_its_registry_takes() -> None:
    takes = registry(artifact_types=["model"])
    assert violations("accepted-types", takes, collection()) == []
    assert len(violations("accepted-types", takes, collection(type="dataset"))) == 1
    assert violations("accepted-types", registry(), collection(type="dataset")) == []
    assert violations("accepted-types", collection(type="dataset")) == []


def test_what_is_not_ours_is_passed_by_and_what_is_not_known_yet_is_said() -> None:
    assert inputs_of("aws:s3:Bucket", {}) is None
    with pytest.raises(UnknownValueError):
        violations("names", registry(name=UNKNOWN_STRING_VALUE))
