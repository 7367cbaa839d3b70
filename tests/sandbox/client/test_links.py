from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from wandb.errors import CommError

if TYPE_CHECKING:
    from collections.abc import Callable

    import wandb

    from tests.sandbox.support import World

ADD = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
ROLE = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"


def content(artifact: Any, folder: Path) -> str:
    return (Path(artifact.download(str(folder))) / "weights.txt").read_text()


def test_a_link_downloads_the_bytes_of_its_source(
    world: World, api: wandb.Api, log: Callable[..., str], tmp_path: Path
) -> None:
    log(["one", "two"], link="model-registry/churn", aliases={0: ["prod"]})
    world.registry()
    legacy = api.artifact(f"{world.team}/model-registry/churn:prod")
    linked = legacy.link(f"{world.organization}/wandb-registry-models/churn", aliases=["prod"])
    assert (linked.qualified_name, linked.is_link) == (f"{world.entity}/wandb-registry-models/churn:v0", True)
    assert linked.source_qualified_name == f"{world.team}/train/clf:v0"
    texts = {
        content(api.artifact(path), tmp_path / str(i))
        for i, path in enumerate(
            [
                f"{world.team}/train/clf:v0",
                f"{world.team}/model-registry/churn:v0",
                f"{world.organization}/wandb-registry-models/churn:v0",
                f"{world.entity}/wandb-registry-models/churn:prod",
            ]
        )
    }
    assert texts == {"one"}
    assert api.artifact(f"{world.team}/model-registry/churn").version == "v1"
    both = {one.qualified_name for one in api.artifact(f"{world.team}/train/clf:v0").linked_artifacts}
    assert both == {f"{world.team}/model-registry/churn:v0", linked.qualified_name}


def test_a_download_falls_back_when_an_address_fails(
    world: World, api: wandb.Api, log: Callable[..., str], tmp_path: Path
) -> None:
    log(["fallen back"])
    fault = {"kind": "status", "operation": "/storage/wandb_artifacts", "status": 403, "times": -1}
    world.sandbox.state.faults.change({"add": [fault]})
    artifact = api.artifact(f"{world.team}/train/clf:v0")
    assert content(artifact, tmp_path / "x") == "fallen back"
    assert world.sandbox.state.log.operations["GET /artifactsV2"] >= 1


def test_aliases_and_what_all_links_share(world: World, api: wandb.Api) -> None:
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first, "c", ("a", "b"))
    world.link(second, "c")
    link = api.artifact(f"{world.entity}/wandb-registry-models/c:a")
    link.aliases = ["b", "new"]
    link.tags = ["shared"]
    link.description = "shared too"
    link.save()
    assert (link.version, link.name) == ("v0", "c:a")
    assert world.versions() == [(0, first, ["b", "new"]), (1, second, ["latest"])]
    source = api.artifact(f"{world.team}/train/clf:v0")
    assert (source.tags, source.description) == (["shared"], "shared too")
    collection = link.collection
    assert sorted(collection.aliases) == ["b", "latest", "new"]
    assert [(one.name, one.version) for one in collection.artifacts()] == [("c:v1", "v1"), ("c:v0", "v0")]


def test_collections(world: World, api: wandb.Api) -> None:
    world.registry()
    artifact = world.version()
    world.link(artifact)
    collection = api.artifact_collection("model", f"{world.entity}/wandb-registry-models/c")
    collection.description = "about"
    collection.tags = ["a b"]
    collection.save()
    collection.tags = ["c"]
    collection.save()
    found = api.artifact_collection("model", f"{world.entity}/wandb-registry-models/c")
    assert (found.description, list(found.tags), found.is_sequence()) == ("about", ["c"], False)
    sequence = api.artifact_collection("model", f"{world.team}/train/clf")
    assert sequence.is_sequence()
    sequence.name = "renamed"
    sequence.save()
    sequence.change_type("dataset")
    assert api.artifact(f"{world.team}/train/renamed:v0").type == "dataset"
    found.delete()
    assert world.collection() is None


def test_reading_a_legacy_registry(world: World, api: wandb.Api) -> None:
    artifacts = [world.version(f"d{i}") for i in range(3)]
    for name in ("x", "y"):
        for artifact in artifacts:
            world.link(artifact, name, project="model-registry", entity=world.team)
    (kind,) = api.artifact_types(f"{world.team}/model-registry")
    assert (kind.name, len(kind.collections())) == ("model", 2)
    for collection in kind.collections():
        assert [one.name for one in collection.artifacts(per_page=2)] == [
            f"{collection.name}:v{i}" for i in (2, 1, 0)
        ]
    in_one = api.project("model-registry", world.team).collections(per_page=1000)
    assert sorted(one.name for one in in_one) == ["x", "y"]


def test_unlink_and_delete(world: World, api: wandb.Api) -> None:
    world.registry()
    artifact = world.version()
    world.link(artifact, "c", ("prod",))
    with pytest.raises(CommError, match="aliases"):
        api.artifact(f"{world.team}/train/clf:v0").delete()
    api.artifact(f"{world.entity}/wandb-registry-models/c:v0").unlink()
    assert world.versions() == []
    assert not api.artifact_exists(f"{world.entity}/wandb-registry-models/c:v0")
    api.artifact(f"{world.team}/train/clf:v0").delete()
    assert not api.artifact_exists(f"{world.team}/train/clf:v0")


@pytest.mark.parametrize(
    ("role", "expected"), [(None, "gone"), ("restricted_viewer", "refused"), ("viewer", "bytes")]
)
def test_what_a_role_gets(
    world: World,
    api: wandb.Api,
    api_of: Callable[[str], wandb.Api],
    log: Callable[..., str],
    tmp_path: Path,
    role: str | None,
    expected: str,
) -> None:
    project = world.registry()["id"]
    log([f"secret {role}"], link=f"{world.organization}/wandb-registry-models/c")
    key = world.user("pat", role="member")
    if role:
        world.do(ADD, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
        world.do(ROLE, projectId=project, userId=world.user_id("pat"), userProjectRole=role).data  # noqa: B018
    theirs = api_of(key)
    path = f"{world.entity}/wandb-registry-models/c:v0"
    if expected == "gone":
        with pytest.raises(CommError, match="not found"):
            theirs.artifact(path)
        return
    found = theirs.artifact(path)
    assert found.source_project in ("", None)
    if expected == "refused":
        with pytest.raises(Exception, match=r"cannot be used|permission"):
            content(found, tmp_path / "x")
    else:
        assert content(found, tmp_path / "x") == f"secret {role}"
    with pytest.raises(CommError, match="permission"):
        found.unlink()
