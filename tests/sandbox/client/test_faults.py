"""What the real client does when the server misbehaves, as facts/wandb.md has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from wandb.errors import CommError

if TYPE_CHECKING:
    import wandb

    from tests.sandbox.support import World


def add(world: World, **fault: Any) -> None:
    assert world.http.post("/sandbox/faults", json={"add": [fault]}).status_code == 200


def asked(world: World, operation: str) -> int:
    return int(world.http.get("/sandbox/requests").json()["operations"].get(operation, 0))


@pytest.fixture
def linked(world: World) -> World:
    world.registry()
    world.link(world.version())
    world.http.delete("/sandbox/requests")
    return world


PATH = "{entity}/wandb-registry-models/c:v0"


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_a_refusal_is_told_at_once(linked: World, api: wandb.Api, status: int) -> None:
    add(linked, kind="status", status=status, operation="ArtifactMembershipByName", times=-1)
    with pytest.raises(CommError, match=f"fault: status {status}"):
        api.artifact(PATH.format(entity=linked.entity))
    assert asked(linked, "ArtifactMembershipByName") == 1


@pytest.mark.parametrize("kind", ["status", "cut_before"])
def test_what_may_pass_is_tried_again(linked: World, api: wandb.Api, kind: str) -> None:
    add(linked, kind=kind, status=503, operation="ArtifactMembershipByName")
    assert api.artifact(PATH.format(entity=linked.entity)).version == "v0"
    assert asked(linked, "ArtifactMembershipByName") == 2


def test_a_limit_is_waited_for(linked: World, api: wandb.Api) -> None:
    fault = {"status": 429, "retry_after": 1, "operation": "ArtifactMembershipByName"}
    add(linked, kind="status", **fault)
    assert api.artifact(PATH.format(entity=linked.entity)).version == "v0"
    found = linked.http.get("/sandbox/requests").json()["requests"]
    assert [r["status"] for r in found if r["operation"] == "ArtifactMembershipByName"] == [429, 200]


def test_a_write_whose_answer_was_lost_is_sent_again(linked: World, api: wandb.Api) -> None:
    artifact = api.artifact(f"{linked.team}/train/clf:v0")
    add(linked, kind="cut_after", operation="LinkArtifact")
    again = artifact.link(f"{linked.entity}/wandb-registry-models/d", aliases=["prod"])
    assert (again.version, asked(linked, "LinkArtifact")) == ("v0", 2)
    assert [one[0] for one in linked.versions("d")] == [0]


def test_a_revoked_key_is_an_error(linked: World, api: wandb.Api) -> None:
    add(linked, kind="revoke", user=linked.name("admin"))
    with pytest.raises(CommError, match="not valid"):
        api.artifact(PATH.format(entity=linked.entity))


def test_a_short_listing_looks_whole_to_the_client(linked: World, api: wandb.Api) -> None:
    for name in "de":
        linked.link(linked.version(), name)
    registry = api.registry("models", organization=linked.organization)
    add(
        linked,
        kind="short_listing",
        operation="RegistryCollections",
        connection="artifactCollections",
        keep=1,
    )
    assert len(list(registry.collections())) == 1
    assert len(list(registry.collections())) == 3
