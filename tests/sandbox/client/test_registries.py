from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from wandb.errors import CommError

if TYPE_CHECKING:
    from collections.abc import Callable

    import wandb

    from tests.sandbox.support import World


def make(
    world: World, api: wandb.Api, name: str = "models", visibility: Any = "restricted", **more: Any
) -> Any:
    return api.create_registry(
        name, visibility=visibility, organization=world.organization, artifact_types=["model"], **more
    )


def test_login(world: World, api: wandb.Api) -> None:
    assert api.viewer.username == world.name("admin")
    assert api.default_entity == world.team
    assert api.organization(world.organization).org_entity.name == world.entity
    with pytest.raises(CommError, match="not found"):
        api.organization(world.entity)


def test_a_wrong_key(world: World, api_of: Callable[[str], wandb.Api]) -> None:
    with pytest.raises(Exception, match=r"(?i)api key|logged in"):
        api_of("w" * 40)


def test_create_change_rename_delete(world: World, api: wandb.Api) -> None:
    registry = make(world, api, description="first")
    assert (registry.visibility, registry.description, registry.entity) == (
        "restricted",
        "first",
        world.entity,
    )
    with pytest.raises(ValueError, match="already exists"):
        make(world, api)
    registry.description = "second"
    registry.name = "renamed"
    registry.artifact_types.append("dataset")
    registry.save()
    found = api.registry("renamed", organization=world.organization)
    assert (found.description, list(found.artifact_types)) == ("second", ["model", "dataset"])
    assert {one.name for one in api.registries(world.organization)} == {"renamed", "model", "dataset"}
    found.delete()
    assert {one.name for one in api.registries(world.organization)} == {"model", "dataset"}
    with pytest.raises(ValueError, match="Failed to load"):
        api.registry("renamed", organization=world.organization)


def test_the_organization_is_found_by_the_default_entity(world: World, api: wandb.Api) -> None:
    make(world, api)
    assert api.registry("models").full_name == "wandb-registry-models"


def test_members(world: World, api: wandb.Api) -> None:
    world.user("bob", role="member")
    registry = make(world, api)
    bob, team = api.user(world.name("bob")), api.team(world.team)
    assert bob is not None
    registry.add_members(bob, team)
    registry.update_member(bob, "member")
    registry.update_member(team, "viewer")
    found = registry.members()
    assert {(str(m.user.username) if hasattr(m, "user") else m.team.name): m.role for m in found} == {
        world.name("admin"): "admin",
        world.name("bob"): "member",
        world.team: "viewer",
    }
    registry.remove_members(bob, team)
    assert [m.user.username for m in registry.user_members()] == [world.name("admin")]
    assert registry.team_members() == []


@pytest.mark.parametrize("advanced", [False, True])
def test_search(world: World, api: wandb.Api, advanced: bool) -> None:
    world.setup("organization", command="up", orgName=world.organization, advancedSearch=advanced)
    registry = make(world, api)
    first = world.version("d0", metadata='{"score": {"f1": 3}}')
    second = world.version("d1", tags=[{"tagName": "good"}])
    world.link(first, "churn", ("prod",))
    world.link(second, "churn")
    world.link(first, "fraud")
    assert [c.name for c in registry.collections()] == ["fraud", "churn"]
    assert [c.name for c in registry.collections(order="+name")] == ["churn", "fraud"]
    assert [c.name for c in registry.collections(filter={"name": {"$regex": "^ch"}})] == ["churn"]

    def names(**filters: Any) -> list[str]:
        return sorted(v.name for v in registry.versions(**filters))

    assert names() == ["churn:v0", "churn:v1", "fraud:v0"]
    assert names(filter={"alias": "prod"}) == ["churn:v0"]
    assert names(filter={"tag": "good"}) == ["churn:v1"]
    assert names(filter={"metadata.score.f1": {"$gte": 3}}) == ["churn:v0", "fraud:v0"]
    assert names(filter={"version": "v1"}) == ["churn:v1"]
    both = registry.collections(filter={"name": "churn"}).versions(filter={"alias": "latest"})
    assert [v.name for v in both] == ["churn:v1"]
    assert len(list(api.registries(world.organization, filter={"name": "models"}).versions(per_page=1))) == 3


def test_pages_can_be_resumed(world: World, api: wandb.Api) -> None:
    registry = make(world, api)
    artifact = world.version()
    for i in range(5):
        world.link(artifact, f"c{i}")
    pages = registry.collections(order="+name", per_page=2)
    assert [next(pages).name for _ in range(2)] == ["c0", "c1"]
    rest = registry.collections(order="+name", per_page=2, start=pages.cursor)
    assert [one.name for one in rest] == ["c2", "c3", "c4"]
