"""W&B's own migration, played: what it copies, pauses, closes and redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.sandbox.support import UNLINK
from wandb_sandbox.server import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.support import World

ADD_ALIASES = "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }"
PROTECT = "mutation($i: AddProtectedAliasesInput!) { addProtectedAliases(input: $i) { aliases } }"
TAG = """mutation($i: CreateArtifactCollectionTagAssignmentsInput!) {
  createArtifactCollectionTagAssignments(input: $i) { tags { id } } }"""
DESCRIBE = """mutation($i: UpdateArtifactPortfolioInput!) {
  updateArtifactPortfolio(input: $i) { artifactCollection { id } } }"""
MEMBERSHIP = """query($e: String!, $n: String!) { project(name: "model-registry", entityName: $e) { readOnly
  artifactCollectionMembership(name: $n) { versionIndex artifact { id }
    artifactCollection { name project { name } } } } }"""
MEMBERS = """query($e: String!, $p: String!) { project(name: $p, entityName: $e) { access
  members { username role { name } } teamMembers { role { name } } } }"""
LEGACY = "model-registry"


def legacy(world: World) -> list[str]:
    """Two collections; the first with a gap, aliases, tags, a description and a protected alias."""
    world.user("mia", team="member")
    world.user("viv", team="view-only")
    world.user("bot", team="member", service="team")
    world.user("rae", team="member")
    data: dict[str, Any] = {"team": {"name": world.team}, "registryAdmins": [world.name("rae")]}
    world.setup("team", command="registry_admins", fixtureData=data)
    data = {"team": {"name": world.team}, "registryAdmins": [world.name("admin")]}
    world.setup("team", command="registry_admins", fixtureData=data)
    versions = [world.version(f"d{i}") for i in range(4)]
    place = {"project": LEGACY, "entity": world.team}
    for i in range(3):
        assert world.link(versions[i], "churn", aliases=("production",) if i == 0 else (), **place).data  # type: ignore[arg-type]
    found = world.collection("churn", **place)
    assert found is not None
    assert world.do(UNLINK, artifactID=versions[1], artifactPortfolioID=found["id"]).data
    assert world.do(DESCRIBE, artifactPortfolioID=found["id"], description="about churn").data
    assert world.do(
        TAG,
        entityName=world.team,
        projectName=LEGACY,
        artifactCollectionName="churn",
        tags=[{"tagName": "tabular"}],
    ).data
    assert world.link(versions[3], "other", **place).data  # type: ignore[arg-type]
    assert world.do(PROTECT, entityName=world.team, adminType="MODEL", aliases=["production"]).data
    return versions


def migrate(world: World, phase: str = "whole", **more: Any) -> httpx.Response:
    return world.http.post("/sandbox/migrate", json={"team": world.team, "phase": phase, **more})


def target(world: World) -> str:
    return f"wandb-registry-{world.team}-mr-migrated"


def old_path(world: World, name: str, key: str | None = None) -> Any:
    project = world.ask(MEMBERSHIP, key, e=world.team, n=name).data["project"]
    return project and project["artifactCollectionMembership"]


def test_everything_is_copied(world: World) -> None:
    legacy(world)
    before = {name: world.collection(name, LEGACY, world.team) for name in ("churn", "other")}
    assert migrate(world).json()["project"] == target(world)
    for name, old in before.items():
        new = world.collection(name, target(world))
        assert old is not None
        assert new is not None
        assert new.pop("id") != old.pop("id")
        assert new == old
    churn = world.collection("churn", target(world))
    assert churn is not None
    assert churn["description"] == "about churn"
    assert [e["node"]["versionIndex"] for e in churn["artifactMemberships"]["edges"]] == [0, 2]


def test_numbers_go_on_where_they_were(world: World) -> None:
    versions = legacy(world)
    migrate(world)
    answer = world.link(versions[3], "churn", project=target(world))
    assert answer.data["linkArtifact"]["versionIndex"] == 3


def test_the_team_alone_are_members(world: World) -> None:
    legacy(world)
    world.user("olga", role="member")
    migrate(world)
    found = world.ask(MEMBERS, e=world.entity, p=target(world)).data["project"]
    assert (found["access"], found["teamMembers"]) == ("RESTRICTED", [])
    assert {m["username"]: m["role"]["name"] for m in found["members"]} == {
        world.name("admin"): "admin",
        world.name("mia"): "member",
        world.name("viv"): "viewer",
        world.name("bot"): "member",
        world.name("rae"): "admin",
    }


def test_protected_aliases_stay_protected(world: World) -> None:
    versions = legacy(world)
    migrate(world)
    mia, rae = (f"{world.name(who)}-{'k' * 40}" for who in ("mia", "rae"))
    place = {"project": target(world), "aliases": ("production",)}
    assert world.link(versions[2], "churn", key=mia, **place).status == 403  # type: ignore[arg-type]
    assert world.link(versions[2], "churn", key=rae, **place).status == 200  # type: ignore[arg-type]
    world.registry("plain")
    assert world.link(versions[2], "c", ("production",), "wandb-registry-plain", key=mia).status == 404


def test_the_legacy_side_is_read_only(world: World) -> None:
    versions = legacy(world)
    migrate(world)
    found = world.ask(MEMBERSHIP, e=world.team, n="churn:v0").data["project"]
    assert found["readOnly"] is True
    held = world.collection("churn", LEGACY, world.team)
    assert held is not None
    assert held["artifactMemberships"]["totalCount"] == 2
    assert world.do(DESCRIBE, artifactPortfolioID=held["id"], description="x").status == 403
    assert world.do(UNLINK, artifactID=versions[0], artifactPortfolioID=held["id"]).status == 403
    place = {"entityName": world.team, "projectName": LEGACY, "artifactCollectionName": "churn"}
    assert world.do(ADD_ALIASES, artifactID=versions[2], aliases=[{**place, "alias": "x"}]).status == 403
    assert world.do(PROTECT, entityName=world.team, adminType="MODEL", aliases=["x"]).status == 403


def test_old_paths_lead_to_the_new_registry(world: World) -> None:
    versions = legacy(world)
    migrate(world)
    for name, artifact, index in (("churn:v2", versions[2], 2), ("churn:production", versions[0], 0)):
        assert old_path(world, name) == {
            "versionIndex": index,
            "artifact": {"id": artifact},
            "artifactCollection": {"name": "churn", "project": {"name": target(world)}},
        }
    assert old_path(world, "churn:v1") is None
    assert old_path(world, "unknown:v0") is None


def test_links_to_old_names_go_to_the_new_registry_and_new_names_fail(world: World) -> None:
    versions = legacy(world)
    migrate(world)
    made = world.link(versions[3], "churn", ("new",), LEGACY, world.team)
    assert made.data["linkArtifact"]["versionIndex"] == 3
    held = world.collection("churn", LEGACY, world.team)
    assert held is not None
    assert held["artifactMemberships"]["totalCount"] == 2
    answer = world.link(versions[3], "brand-new", (), LEGACY, world.team)
    assert (answer.status, answer.code) == (403, "PERMISSION_ERROR")
    assert world.collection("brand-new", target(world)) is None


def test_the_redirect_keeps_up_with_renames(world: World) -> None:
    legacy(world)
    assert migrate(world, target="churn-models").json()["project"] == "wandb-registry-churn-models"
    rename = "mutation($i: RenameProjectInput!) { renameProject(input: $i) { project { id } } }"
    names = {"oldProjectName": "wandb-registry-churn-models", "newProjectName": "wandb-registry-later"}
    assert world.do(rename, entityName=world.entity, **names).data
    found = world.collection("churn", "wandb-registry-later")
    assert found is not None
    describe = {"artifactPortfolioID": found["id"], "name": "renamed"}
    assert world.do(DESCRIBE, **describe).data
    assert old_path(world, "churn:v0")["artifactCollection"] == {
        "name": "renamed",
        "project": {"name": "wandb-registry-later"},
    }


def test_who_is_not_in_the_new_registry_is_not_redirected(world: World) -> None:
    legacy(world)
    migrate(world)
    late = world.user("late", team="member")
    assert old_path(world, "churn:v0", late) is None


def test_writes_pause_on_both_sides(world: World) -> None:
    versions = legacy(world)
    held = world.collection("churn", LEGACY, world.team)
    assert held is not None
    assert migrate(world, "start").json()["state"] == "running"
    for project, entity in ((LEGACY, world.team), (target(world), world.entity)):
        answer = world.link(versions[3], "churn", (), project, entity)
        assert (answer.status, answer.code) == (409, "CONFLICT")
    assert world.do(UNLINK, artifactID=versions[0], artifactPortfolioID=held["id"]).status == 409
    assert world.do(PROTECT, entityName=world.team, adminType="MODEL", aliases=["x"]).status == 409
    # Reading goes on, and so does everything elsewhere.
    assert old_path(world, "churn:v0")["artifactCollection"]["project"]["name"] == LEGACY
    assert world.version("d9")
    assert migrate(world, "finish").json()["state"] == "finished"
    assert world.link(versions[3], "churn", (), target(world)).status == 200


@pytest.mark.parametrize("phases", [["finish"], ["whole", "whole"], ["start", "start"], ["whole", "finish"]])
def test_phases_out_of_order_are_refused(world: World, phases: list[str]) -> None:
    legacy(world)
    *before, last = phases
    for phase in before:
        assert migrate(world, phase).status_code == 200
    assert migrate(world, last).status_code == 409


def test_what_cannot_be_migrated(world: World) -> None:
    assert migrate(world).status_code == 404
    assert world.http.post("/sandbox/migrate", json={"team": "no-such-team"}).status_code == 404
    assert migrate(world, "sideways").status_code == 400
    legacy(world)
    world.registry("taken")
    assert migrate(world, target="taken").status_code == 409
    assert world.http.get("/sandbox/migrate", params={"team": world.team}).json()["state"] == "none"


def test_a_pause_survives_a_restart(tmp_path: Path) -> None:
    from tests.sandbox.support import World

    with Sandbox(tmp_path) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        world = World(sandbox, http)
        versions = legacy(world)
        migrate(world, "start")
    with Sandbox(tmp_path) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        world.http = http
        assert world.link(versions[3], "churn", (), LEGACY, world.team).status == 409
        assert migrate(world, "finish").status_code == 200
