"""What is seeded: as much as was asked for, the same each time, in the shapes that a client makes."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from wandb_sandbox.errors import SandboxError
from wandb_sandbox.seed.people import TEAM_ROLES, key_of
from wandb_sandbox.seed.plan import SeedPlan
from wandb_sandbox.seed.seed import Seeded, seed

if TYPE_CHECKING:
    from pathlib import Path

    from wandb_sandbox.server import Sandbox

LEGACY = """query($e: String!) { project(name: "model-registry", entityName: $e) {
  artifactCollections(first: 1000, order: "+name") { totalCount edges { node { name
    tags { edges { node { name } } } aliases { edges { node { alias } } }
    artifactMemberships(first: 1000) { edges { node { versionIndex artifact {
      id digest versionIndex metadata state fileCount size createdBy { __typename }
      artifactSequence { name project { name } } } } } } } } } } }"""
TEAM = """query($e: String!) { entity(name: $e) { members { username role accountType }
  protectedAliases(adminType: MODEL) workflowsAdmins(adminType: MODEL) { username } } }"""


def ask(client: httpx.Client, document: str, **variables: Any) -> Any:
    body = client.post("/graphql", json={"query": document, "variables": variables}).json()
    assert "errors" not in body, body
    return body["data"]


def contents(folder: Path) -> dict[str, list[Any]]:
    """All rows of all tables but for the secret of the folder."""
    database = sqlite3.connect(folder / "state.db")
    try:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()  # noqa: S608
            for name in tables
            if name != "meta"
        }
    finally:
        database.close()


def test_as_much_as_asked(seeded_folder: tuple[Path, Seeded]) -> None:
    made = seeded_folder[1]
    assert (made.teams, made.collections, made.links) == (4, 40, 400)
    assert made.versions >= 400


def test_the_same_numbers_make_the_same_content(tmp_path: Path) -> None:
    plan = SeedPlan(links=60, collections=8, teams=2, seed=7)
    for name in ("one", "two"):
        seed(tmp_path / name, plan)
    seed(tmp_path / "three", SeedPlan(links=60, collections=8, teams=2, seed=8))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one")["artifacts"] != contents(tmp_path / "three")["artifacts"]


@pytest.mark.parametrize(
    "numbers",
    [(0, 1, 1), (10, 20, 1), (10, 1, 2), (10, 0, 1), (10, 1, 0), (10**7, 10, 1)],
)
def test_what_cannot_be_is_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(SandboxError):
        SeedPlan(*numbers)


def test_only_an_empty_folder_that_nobody_uses(
    seeded: Sandbox, seeded_folder: tuple[Path, Seeded], tmp_path: Path
) -> None:
    small = SeedPlan(links=2, collections=1, teams=1)
    with pytest.raises(SandboxError, match="in use"):
        seed(seeded_folder[0], small)
    seed(tmp_path, small)
    with pytest.raises(SandboxError, match="content already"):
        seed(tmp_path, small)


def test_a_legacy_registry_as_the_client_makes_it(owner: httpx.Client) -> None:
    found = ask(owner, LEGACY, e="seed-team-001")["project"]["artifactCollections"]
    nodes = [edge["node"] for edge in found["edges"]]
    assert len(nodes) == found["totalCount"] >= 5
    assert any(node["tags"]["edges"] for node in nodes)
    for node in nodes:
        aliases = [edge["node"]["alias"] for edge in node["aliases"]["edges"]]
        assert aliases.count("latest") == 1
        members = [edge["node"] for edge in node["artifactMemberships"]["edges"]]
        indexes = [one["versionIndex"] for one in members]
        assert indexes == sorted(set(indexes))
        for one in members:
            source = one["artifact"]
            assert (source["state"], source["fileCount"], len(source["digest"])) == ("COMMITTED", 2, 32)
            assert source["createdBy"] == {"__typename": "Run"}
            assert source["artifactSequence"]["project"] == {"name": "training"}


def test_people_in_every_role(owner: httpx.Client) -> None:
    found = ask(owner, TEAM, e="seed-team-001")["entity"]
    roles = [one["role"] for one in found["members"] if one["username"].startswith("seed-team-001-")]
    assert sorted(roles) == sorted([*TEAM_ROLES, "member"])
    assert [one["accountType"] for one in found["members"]].count("SERVICE") == 1
    assert any(one["username"].startswith("seed-team-000-") for one in found["members"])
    assert (found["protectedAliases"], len(found["workflowsAdmins"])) == (["champion", "production"], 1)


def test_keys_are_their_own(seeded: Sandbox) -> None:
    name = "seed-team-001-view-only-4"
    with httpx.Client(base_url=seeded.url, auth=("api", key_of(name))) as client:
        assert ask(client, "{ viewer { username entity } }")["viewer"] == {
            "username": name,
            "entity": "seed-team-001",
        }
        assert ask(client, LEGACY, e="seed-team-003")["project"] is None
    assert len(key_of(name)) == 40


def test_versions_can_be_downloaded_and_are_their_digest(owner: httpx.Client) -> None:
    found = ask(owner, LEGACY, e="seed-team-001")["project"]["artifactCollections"]["edges"]
    source = found[0]["node"]["artifactMemberships"]["edges"][-1]["node"]["artifact"]
    document = """query($id: ID!) { artifact(id: $id) { currentManifest { file { directUrl } }
      files { edges { node { name directUrl digest sizeBytes } } } } }"""
    read = ask(owner, document, id=source["id"])["artifact"]
    contents = httpx.get(read["currentManifest"]["file"]["directUrl"]).json()["contents"]
    whole = hashlib.md5(b"wandb-artifact-manifest-v1\n", usedforsecurity=False)
    for edge in read["files"]["edges"]:
        node = edge["node"]
        content = httpx.get(node["directUrl"]).content
        assert len(content) == node["sizeBytes"] == contents[node["name"]]["size"]
        assert node["digest"] == contents[node["name"]]["digest"]
        whole.update(f"{node['name']}:{node['digest']}\n".encode())
    assert whole.hexdigest() == source["digest"]


def test_no_two_versions_of_a_sequence_are_equal(seeded_folder: tuple[Path, Seeded]) -> None:
    rows = contents(seeded_folder[0])["artifacts"]
    assert len({(row[1], row[5]) for row in rows}) == len(rows)
