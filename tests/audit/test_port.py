"""The port with a trail: each write stands there before it is sent, with before, after and answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.answers import KEY, Answers
from wandb_registry.audit.errors import AuditFailed
from wandb_registry.audit.port import AuditedPort
from wandb_registry.audit.show import Write, writes
from wandb_registry.audit.trail import Run, Trail
from wandb_registry.audit.verify import verify_trail
from wandb_registry.server.collections import Home, change_tags, get_collection, update_collection
from wandb_registry.server.errors import PermissionDenied, Unavailable
from wandb_registry.server.links import change_aliases, link_all, list_links, unlink_all
from wandb_registry.server.members import Principal, add_members, list_members, remove_members, set_roles
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import create_registry, delete_registry, get_registry, rename_registry
from wandb_registry.state.roles import Role

HOME = Home("acme-org", "wandb-registry-models")
ORGANIZATION = Organization("o1", "Acme", "acme-org")
COLLECTION = {
    "__typename": "ArtifactPortfolio",
    "id": "c1",
    "name": "churn",
    "description": "old",
    "type": {"name": "model"},
    "tags": {"edges": [{"node": {"name": "eu"}}]},
}
PROJECT = {
    "id": "p1",
    "name": "wandb-registry-models",
    "access": "RESTRICTED",
    "description": "d",
    "allowAllArtifactTypes": True,
}


class Audited:
    """A server in a function behind a port with a trail in a directory."""

    def __init__(self, directory: Path, *answers: Any) -> None:
        self.server = Answers(*answers)
        self.trail: Trail | None = None
        self.directory = directory
        self.resource = "urn:pulumi:team::wandb-registry::x::models"
        self.port = AuditedPort(self.server.port(), self.open, secrets=(KEY,), resource=lambda: self.resource)

    def open(self, port: Port) -> Trail:
        assert self.trail is None
        self.trail = Trail(self.directory, Run("team", "alice", "abc", port.base_url, "1"))
        return self.trail

    def writes(self) -> list[Write]:
        assert self.trail is not None
        result = verify_trail(self.trail.path)
        assert result.flaws == ()
        return writes(result.entries)


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Any]:
    made: list[Audited] = []

    def make(*answers: Any) -> Audited:
        made.append(Audited(tmp_path, *answers))
        return made[-1]

    yield make
    for one in made:
        if one.trail is not None:
            one.trail.close()


def links(*nodes: tuple[str, int, list[str]]) -> dict[str, Any]:
    edges = [
        {
            "node": {
                "id": f"m{index}",
                "versionIndex": index,
                "aliases": [{"alias": a} for a in aliases],
                "artifact": {"id": artifact, "digest": "d"},
            }
        }
        for artifact, index, aliases in nodes
    ]
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "edges": edges}
    return {"project": {"name": "p", "artifactCollection": {**COLLECTION, "artifactMemberships": page}}}


def test_reading_leaves_no_trail(audited: Any) -> None:
    one = audited({"project": {"name": "p", "artifactCollection": COLLECTION}})
    assert get_collection(one.port, HOME, "churn") is not None
    assert one.trail is None
    assert list(one.directory.iterdir()) == []


def test_a_write_stands_in_the_trail_with_before_after_and_answer(audited: Any) -> None:
    answer = {"updateArtifactPortfolio": {"artifactCollection": {"id": "c1"}}}
    one = audited({"project": {"name": "p", "artifactCollection": COLLECTION}}, answer)
    get_collection(one.port, HOME, "churn")
    update_collection(one.port, "c1", description="new")
    (write,) = one.writes()
    assert (write.identity, write.commit, write.stack) == ("alice", "abc", "team")
    assert write.resource == one.resource
    assert write.operation == "updateArtifactPortfolio"
    assert write.object == "collection churn"
    assert (write.before, write.after) == ({"description": "old"}, {"description": "new"})
    assert write.outcome == "done"


def test_it_stands_there_before_it_is_sent(audited: Any) -> None:
    one = audited({})
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert one.trail is not None
        seen.append(one.trail.path.read_text())
        return httpx.Response(200, json={"data": {"deleteModel": {"success": True}}})

    one.server._answer = answer
    one.port._port = one.server.port()
    delete_registry(one.port, "p1")
    assert '"operation":"deleteModel"' in seen[0]
    assert '"event":"answer"' not in seen[0]


def test_no_evidence_no_write(audited: Any, tmp_path: Path) -> None:
    one = audited({"deleteModel": {"success": True}})
    one.directory = tmp_path / "file"
    one.directory.write_text("")
    with pytest.raises(AuditFailed):
        delete_registry(one.port, "p1")
    assert one.server.requests == []


def test_a_trail_that_breaks_while_an_answer_is_put_down_stops_the_next_write(audited: Any) -> None:
    one = audited({"deleteModel": {"success": True}})
    delete_registry(one.port, "p1")
    one.trail._broken = "the disk is full"
    with pytest.raises(AuditFailed, match="the disk is full"):
        delete_registry(one.port, "p2")
    assert len(one.server.requests) == 1


def test_an_answer_that_cannot_be_put_down_still_reaches_the_caller(
    audited: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = audited({"deleteModel": {"success": True}})
    append = Trail.append

    def only_writes(trail: Trail, records: Any, *, durable: bool) -> range:
        if not durable:
            raise AuditFailed("full")
        return append(trail, records, durable=durable)

    monkeypatch.setattr(Trail, "append", only_writes)
    delete_registry(one.port, "p1")
    assert [write.outcome for write in one.writes()] == ["unanswered"]


def test_each_mutation_of_a_batch_is_an_entry_with_its_own_answer(audited: Any) -> None:
    answer = httpx.Response(
        200,
        json={
            "data": {"m0": {"versionIndex": 3}, "m1": None},
            "errors": [
                {"message": "no", "path": ["m1"], "extensions": {"code": "PERMISSION_ERROR"}},
            ],
        },
    )
    one = audited(links(("a0", 0, [])), answer)
    list_links(one.port, HOME, "churn")
    results = link_all(one.port, HOME, "churn", ["a1", "a2"])
    assert results[0] == 3
    assert isinstance(results[1], PermissionDenied)
    first, second = one.writes()
    assert first.object == "link acme-org/wandb-registry-models/churn a1"
    assert (first.before, first.outcome, first.answer) == (None, "done", {"versionIndex": 3})
    assert second.outcome == "refused"
    assert second.answer["error"] == "PermissionDenied"


def test_where_the_server_does_not_answer_the_outcome_is_unknown(audited: Any) -> None:
    one = audited(httpx.ConnectError("refused"))
    with pytest.raises(Unavailable):
        delete_registry(one.port, "p1")
    assert [write.outcome for write in one.writes()] == ["unknown"]


def test_aliases_and_unlinking_show_what_was_there(audited: Any) -> None:
    page = links(("a1", 0, ["v0", "latest", "old"]))
    one = audited(page, {"m0": {"success": True}})
    list_links(one.port, HOME, "churn")
    change_aliases(one.port, HOME, "churn", add=[("a1", ["production"])], remove=[("a1", ["old"])])
    unlink_all(one.port, "c1", ["a1"])
    removed, added, unlinked = one.writes()
    assert removed.before == {"aliases": ["latest", "old", "v0"]}
    assert removed.after == {"aliases": ["latest", "v0"]}
    assert "production" in added.after["aliases"]
    assert unlinked.object == "link collection churn a1"
    assert unlinked.before == {"version": "v0", "aliases": ["latest", "old", "v0"]}
    assert unlinked.after is None


def test_members_and_roles_are_named(audited: Any) -> None:
    members = {
        "project": {
            "members": [{"id": "u1", "username": "bob", "role": {"name": "viewer"}}],
            "teamMembers": [{"team": {"id": "t1", "name": "fraud"}, "role": {"name": "member"}}],
        }
    }
    done = {
        "m0": {"success": True},
        "m1": {"success": True},
        "createProjectMembers": {"success": True},
        "deleteProjectMembers": {"success": True},
    }
    one = audited({"entity": {"name": "e", "project": PROJECT}}, members, done)
    get_registry(one.port, ORGANIZATION, "models")
    live = list_members(one.port, ORGANIZATION, "wandb-registry-models")
    add_members(one.port, "p1", {Principal("user", "eve"): "u9"})
    set_roles(one.port, "p1", [(member, Role.ADMIN) for member in live.values()])
    remove_members(one.port, "p1", {Principal("team", "fraud"): "t1"})
    added, bob, fraud, removed = one.writes()
    assert added.object == "member u9 of registry wandb-registry-models"
    assert bob.object == "member user bob of registry wandb-registry-models"
    assert (bob.before, bob.after) == ({"role": "viewer"}, {"role": "admin"})
    assert fraud.object.startswith("member team fraud")
    assert (removed.before, removed.after) == ({"role": "member"}, None)


def test_registries_are_created_renamed_and_deleted_by_name(audited: Any) -> None:
    created = {"upsertModel": {"inserted": True, "project": {**PROJECT, "allowAllArtifactTypes": True}}}
    one = audited(
        {"entity": {"name": "e", "project": PROJECT}},
        created,
        {"renameProject": {"project": {}}},
        {"deleteModel": {"success": True}},
    )
    get_registry(one.port, ORGANIZATION, "models")
    create_registry(
        one.port, ORGANIZATION, "new", visibility="restricted", description="d", artifact_types=None
    )
    rename_registry(one.port, ORGANIZATION, "models", "better")
    delete_registry(one.port, "p1")
    made, renamed, deleted = one.writes()
    assert made.object == "registry acme-org/wandb-registry-new"
    assert made.before is None
    assert made.after["access"] == "RESTRICTED"
    assert renamed.after == {"name": "wandb-registry-better"}
    assert deleted.object == "registry wandb-registry-models"
    assert deleted.before["description"] == "d"


def test_tags_show_before_and_after(audited: Any) -> None:
    tagged = {"createArtifactCollectionTagAssignments": {"tags": []}}
    untagged = {"deleteArtifactCollectionTagAssignments": {"success": True}}
    one = audited({"project": {"name": "p", "artifactCollection": COLLECTION}}, tagged, untagged)
    get_collection(one.port, HOME, "churn")
    change_tags(one.port, HOME, "churn", add=["us"], remove=["eu"])
    added, removed = one.writes()
    assert (added.before, added.after) == ({"tags": ["eu"]}, {"tags": ["eu", "us"]})
    assert (removed.before, removed.after) == ({"tags": ["eu", "us"]}, {"tags": ["us"]})


def test_a_mutation_that_nobody_described_is_there_with_its_whole_input(audited: Any) -> None:
    one = audited({"doNew": {"success": True}})
    one.port.execute("mutation New($x: ID!) { doNew(input: {thing: $x, deep: [1]}) { success } }", {"x": "7"})
    (write,) = one.writes()
    assert (write.operation, write.after) == ("doNew", {"thing": "7", "deep": [1]})


def test_what_was_read_for_another_resource_is_no_before(audited: Any) -> None:
    answer = {"updateArtifactPortfolio": {"artifactCollection": {"id": "c1"}}}
    one = audited({"project": {"name": "p", "artifactCollection": COLLECTION}}, answer)
    get_collection(one.port, HOME, "churn")
    one.resource = "urn:pulumi:team::wandb-registry::x::other"
    update_collection(one.port, "c1", description="new")
    assert one.writes()[0].before is None


def test_no_secret_reaches_the_trail(audited: Any) -> None:
    error = httpx.Response(403, json={"errors": [{"message": f"key {KEY} may not", "path": ["doNew"]}]})
    one = audited(error)
    document = "mutation New($x: JSONString) { doNew(input: {apiKey: $x, note: $x}) { success } }"
    with pytest.raises(PermissionDenied):
        one.port.execute(document, {"x": f"a{KEY}b"})
    assert one.trail is not None
    assert KEY not in one.trail.path.read_text()
    assert one.writes()[0].after == {"apiKey": "***", "note": "a***b"}
    assert json.loads(one.trail.path.read_text().splitlines()[0])["event"] == "run"
