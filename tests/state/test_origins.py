"""Whose boundary counts for a registry, who would gain by its visibility, and which sources are closed."""

from __future__ import annotations

from typing import Any

import pytest

from wandb_registry.state.inventory import (
    Inventory,
    LegacyCollection,
    LegacyLink,
    LegacyTeam,
    OrganizationRecord,
    Person,
)
from wandb_registry.state.models import CollectionState, LinkState, MembersState, RegistryState
from wandb_registry.state.origins import Origin, Origins
from wandb_registry.state.people import AccessRecord, OrganizationPerson
from wandb_registry.state.roles import Role

DIGEST = "sha256:" + "0" * 64
FRAUD = {"fraud": {"ann": Role.ADMIN}}
RISK = {"risk": {"rita": Role.MEMBER}}
BOUNDARIES = {"fraud-models": FRAUD, "risk-models": RISK}


def link(artifact_id: str, project: str, number: int = 0) -> LegacyLink:
    """A version that was logged to a project."""
    return LegacyLink(
        version=number, artifact_id=artifact_id, digest="d", source=f"{project}/{artifact_id}:v{number}"
    )


def team(name: str, *links: LegacyLink) -> LegacyTeam:
    """A team with one model."""
    model = LegacyCollection(name="net", type="model", links=links, target=(f"{name}-models", "net"))
    return LegacyTeam(team=name, digest=DIGEST, collections=(model,))


def inventory(*teams: LegacyTeam, **more: Any) -> Inventory:
    """Two teams with a version each, and one that both had, unless others are given."""
    given = teams or (
        team("fraud", link("a", "fraud/train"), link("both", "fraud/train", 1)),
        team("risk", link("b", "risk/train"), link("both", "fraud/train", 1)),
    )
    record = OrganizationRecord(id="o", name="Acme Inc", entity="acme")
    boundaries = more.pop("boundaries", BOUNDARIES)
    access = AccessRecord(**more.pop("access", {}))
    return Inventory(
        server="http://x", organization=record, legacy=given, boundaries=boundaries, access=access, **more
    )


def registry(links: dict[str, str | None], **fields: Any) -> RegistryState:
    """A registry with one collection of these sources, each with its id or without."""
    collection = CollectionState(type="model", links={source: LinkState(id=i) for source, i in links.items()})
    given = {"visibility": "restricted", "artifact_types": "any", **fields}
    return RegistryState(collections={"net": collection}, **given)


def origin(name: str, state: RegistryState, told: Inventory | None = None) -> Origin:
    return Origins(told or inventory()).of(name, state)


@pytest.mark.parametrize(
    ("name", "links", "labels"),
    [
        ("fraud-models", {"fraud/train/a:v0": "a"}, {"fraud"}),
        ("fraud-models", {}, {"fraud"}),
        ("fraud-models", {"fraud/train/a:v0": "a", "renamed/train/b:v0": "b"}, {"fraud", "risk"}),
        ("fraud-models", {"risk/train/b:v0": None}, {"fraud", "risk"}),
        ("fraud-models", {"artifact:b": None}, {"fraud", "risk"}),
        ("fraud-models", {"risk/model-registry/net:v0": None}, {"fraud", "risk"}),
        ("fraud-models", {"fraud/train/both:v1": "both"}, {"fraud"}),
        ("fraud-models", {"fraud/train/new:v7": "new"}, {"fraud"}),
        ("elsewhere", {}, set()),
        ("elsewhere", {"fraud/train/new:v7": None}, set()),
        ("elsewhere", {"fraud/train/a:v0": "a"}, {"fraud"}),
        ("elsewhere", {"fraud/train/both:v1": "both"}, {"fraud", "risk"}),
    ],
)
def test_the_boundary_follows_the_content(name: str, links: dict[str, str | None], labels: set[str]) -> None:
    assert set(origin(name, registry(links)).boundary) == labels


def test_a_registry_is_known_under_the_name_that_it_had() -> None:
    renamed = registry({}, renamed_from="fraud-models")
    assert origin("scores", renamed).boundary == FRAUD
    assert origin("scores", registry({})).boundary == {}


def test_the_boundary_of_invited_people_keeps_its_label_wherever_the_content_goes() -> None:
    invited = {"fraud (invited people)": {"ann": Role.ADMIN}}
    told = inventory(boundaries={"fraud-models": invited, "risk-models": RISK})
    assert set(origin("risk-models", registry({"fraud/train/a:v0": "a"}), told).boundary) == {
        "risk",
        "fraud (invited people)",
    }


def test_the_audience_is_who_would_gain_by_visibility_to_the_organization() -> None:
    people = [
        OrganizationPerson(username="Ann"),
        OrganizationPerson(username="eve"),
        OrganizationPerson(username="nil", seat="none"),
        OrganizationPerson(username="root", role="admin"),
    ]
    told = inventory(access={"organization": people, "everybody": True})
    assert origin("fraud-models", registry({}), told).audience == ("eve",)
    merged = registry({"risk/train/b:v0": "b"})
    assert origin("fraud-models", merged, told).audience == ("Ann", "eve")
    partly = inventory(access={"organization": people})
    assert origin("fraud-models", registry({}), partly).audience is None


@pytest.mark.parametrize(
    ("links", "closed"),
    [
        ({"fraud/train/a:v0": "a"}, {}),
        ({"fraud/secret/x:v0": "x"}, {"fraud/secret/x:v0": "fraud/secret"}),
        ({"fraud/secret/new:v3": None}, {"fraud/secret/new:v3": "fraud/secret"}),
        ({"fraud/renamed/x:v0": "x"}, {"fraud/renamed/x:v0": "fraud/secret"}),
        ({"artifact:x": None}, {"artifact:x": "fraud/secret"}),
        ({"fraud/dark/y:v0": None}, {"fraud/dark/y:v0": "fraud/dark"}),
        ({"fraud/shown/z:v0": None}, {}),
    ],
)
def test_a_source_of_a_restricted_project_is_closed_until_reviewers_open_it(
    links: dict[str, str | None], closed: dict[str, str]
) -> None:
    decided = {"fraud/secret": "undecided", "fraud/dark": "leave_out", "fraud/shown": "link"}
    told = inventory(
        team("fraud", link("a", "fraud/train"), link("x", "fraud/secret")),
        access={"restricted_sources": decided},
    )
    found = origin("fraud-models", registry(links), told)
    assert found.closed == closed
    assert found.opened == ("fraud/shown",)


def test_people_of_strange_teams_have_their_names_in_the_organization() -> None:
    rita = Person(username="rita", id="id-rita", team_role="member")
    risk = team("risk", link("b", "risk/train")).model_copy(update={"people": (rita,)})
    told = inventory(team("fraud", link("a", "fraud/train")), risk, access={"people": {"rita": "margarita"}})
    state = registry({}, members=MembersState(teams={"risk": Role.VIEWER}))
    assert origin("fraud-models", state, told).strange_teams == {"risk": ("margarita",)}


def test_ids_are_those_of_the_members_whom_scan_saw() -> None:
    state = registry({}, members=MembersState(users={"Ann": Role.ADMIN, "eve": Role.VIEWER}))
    listed = [{"username": "eve", "service_account": True}, {"username": "ops", "service_account": True}]
    told = inventory(access={"people": {"a": "ann"}, "ids": {"ann": "id-ann"}, "organization": listed})
    found = origin("fraud-models", state, told)
    assert found.user_ids == {"Ann": "id-ann"}
    assert found.service_accounts == ("eve",)
