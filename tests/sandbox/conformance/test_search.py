"""Search over registries by the real client, with both sets of names that it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.conformance.conftest import Studio
from tests.sandbox.support import World

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from wandb_sandbox.server import Sandbox


@pytest.fixture(scope="module", params=[False, True], ids=["basic", "advanced"])
def found(request: pytest.FixtureRequest, sandbox: Sandbox, http: httpx.Client, home: Path) -> Any:
    """A registry with churn:v0 (prod), churn:v1 (tagged), fraud:v0, searched in this mode."""
    studio = Studio(World(sandbox, http), home, sandbox.url)
    world = studio.world
    world.setup("organization", command="up", orgName=world.organization, advancedSearch=request.param)
    registry = studio.registry(description="for search")
    first = world.version("d0", metadata='{"score": {"f1": 3}, "name": "one"}', description="the first")
    second = world.version("d1", tags=[{"tagName": "good"}], metadata='{"score": {"f1": 5}}')
    for artifact, name, aliases in (
        (first, "churn", ("prod",)),
        (second, "churn", ()),
        (first, "fraud", ("x",)),
    ):
        world.link(artifact, name, aliases, project=registry.full_name).data  # noqa: B018
    collection = studio.api().artifact_collection("model", f"{world.entity}/{registry.full_name}/fraud")
    collection.tags, collection.description = ["important"], "about fraud"
    collection.save()
    other = studio.registry()
    world.link(first, "elsewhere", project=other.full_name).data  # noqa: B018
    return studio, registry


COLLECTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["churn", "fraud"]),
    ({"name": "churn"}, ["churn"]),
    ({"name": "CHURN"}, ["churn"]),
    ({"name": {"$regex": "^fr"}}, ["fraud"]),
    ({"name": {"$contains": "ur"}}, ["churn"]),
    ({"name": {"$in": ["churn", "none"]}}, ["churn"]),
    ({"name": {"$nin": ["churn"]}}, ["fraud"]),
    ({"name": {"$ne": "churn"}}, ["fraud"]),
    ({"tag": "important"}, ["fraud"]),
    ({"tag": {"$in": ["important", "x"]}}, ["fraud"]),
    ({"description": "about fraud"}, ["fraud"]),
    ({"description": {"$exists": True}}, ["fraud"]),
    ({"$and": [{"name": "fraud"}, {"tag": "important"}]}, ["fraud"]),
    ({"$or": [{"name": "fraud"}, {"name": "churn"}]}, ["churn", "fraud"]),
    ({"$not": {"name": "fraud"}}, ["churn"]),
    ({"$nor": [{"name": "fraud"}, {"name": "none"}]}, ["churn"]),
]


@pytest.mark.parametrize(("filters", "names"), COLLECTIONS)
def test_collections(found: Any, filters: dict[str, Any], names: list[str]) -> None:
    assert sorted(one.name for one in found[1].collections(filter=filters)) == names


VERSIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["churn:v0", "churn:v1", "fraud:v0"]),
    ({"alias": "prod"}, ["churn:v0"]),
    ({"alias": {"$in": ["prod", "x"]}}, ["churn:v0", "fraud:v0"]),
    ({"alias": "latest"}, ["churn:v1", "fraud:v0"]),
    ({"tag": "good"}, ["churn:v1"]),
    ({"version": "v1"}, ["churn:v1"]),
    ({"metadata.score.f1": 3}, ["churn:v0", "fraud:v0"]),
    ({"metadata.score.f1": {"$gt": 3}}, ["churn:v1"]),
    ({"metadata.name": "one"}, ["churn:v0", "fraud:v0"]),
    ({"metadata.name": {"$exists": False}}, ["churn:v1"]),
    ({"$and": [{"alias": "latest"}, {"tag": "good"}]}, ["churn:v1"]),
    ({"$or": [{"alias": "prod"}, {"alias": "x"}]}, ["churn:v0", "fraud:v0"]),
    ({"created_at": {"$gte": "2000-01-01"}}, ["churn:v0", "churn:v1", "fraud:v0"]),
    ({"created_at": {"$lt": "2000-01-01"}}, []),
]


@pytest.mark.parametrize(("filters", "names"), VERSIONS)
def test_versions(found: Any, filters: dict[str, Any], names: list[str]) -> None:
    assert sorted(one.name for one in found[1].versions(filter=filters)) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [("+name", ["churn", "fraud"]), ("-name", ["fraud", "churn"]), ("+created_at", ["churn", "fraud"])],
)
def test_order_of_collections(found: Any, order: str, names: list[str]) -> None:
    assert [one.name for one in found[1].collections(order=order)] == names


@pytest.mark.parametrize("per_page", [1, 2, 100])
def test_pages(found: Any, per_page: int) -> None:
    _, registry = found
    assert len(list(registry.versions(per_page=per_page))) == 3
    collections = registry.collections(per_page=per_page)
    assert len(collections) == len(list(collections)) == 2


def test_over_all_registries(found: Any) -> None:
    studio, registry = found
    everything = studio.api().registries(studio.world.organization)
    assert {one.name for one in everything.collections()} == {"churn", "fraud", "elsewhere"}
    only = studio.api().registries(studio.world.organization, filter={"name": registry.name})
    assert {one.name for one in only.collections(filter={"name": {"$regex": "r"}}).versions()} == {
        "churn:v0",
        "churn:v1",
        "fraud:v0",
    }


@pytest.mark.parametrize("filters", [{"nobody": 1}, {"$where": "1"}, {"name": {"$regex": "("}}])
def test_filters_that_cannot_be(found: Any, filters: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"(?i)filter|operator|regular"):
        list(found[1].collections(filter=filters))
