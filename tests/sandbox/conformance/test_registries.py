"""Registries and their members by the real client, as W&B's own system tests go through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from wandb.apis.public import Registry

from wandb_sandbox import ids

if TYPE_CHECKING:
    from collections.abc import Callable

    import wandb

    from tests.sandbox.conformance.conftest import Studio

ROLES = ["admin", "member", "viewer", "restricted_viewer"]


def roles(registry: Registry) -> dict[str, str]:
    """Role by user name or team name."""
    users = {str(one.user.username): str(one.role) for one in registry.user_members()}
    return users | {one.team.name: str(one.role) for one in registry.team_members()}


@pytest.mark.parametrize("visibility", ["organization", "restricted"])
@pytest.mark.parametrize("types", [None, ["model"], ["model", "dataset"]])
@pytest.mark.parametrize("description", [None, "", "about"])
def test_create(
    studio: Studio,
    api: wandb.Api,
    fresh: Callable[[str], str],
    visibility: Any,
    types: list[str] | None,
    description: str | None,
) -> None:
    name = fresh("made")
    api.create_registry(
        name,
        visibility=visibility,
        organization=studio.world.organization,
        artifact_types=types,
        description=description,
    )
    found = api.registry(name, organization=studio.world.organization)
    assert (found.name, found.full_name) == (name, f"wandb-registry-{name}")
    assert (found.visibility, found.description) == (visibility, description)
    assert (list(found.artifact_types), found.allow_all_artifact_types) == (types or [], types is None)
    assert (found.entity, found.organization) == (studio.world.entity, studio.world.organization)


def test_ids(studio: Studio) -> None:
    registry = studio.registry()
    assert ids.decode(registry.id, "Project") > 0
    assert ids.decode(registry.internal_id, "ProjectInternalId", "Project") > 0


def test_the_creator_is_its_admin(studio: Studio) -> None:
    assert roles(studio.registry(visibility="restricted")) == {studio.world.name("admin"): "admin"}


def test_a_name_is_taken_once(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    for name in (registry.name, registry.name.upper()):
        with pytest.raises(ValueError, match="already exists"):
            api.create_registry(name, visibility="organization", organization=studio.world.organization)


@pytest.mark.parametrize("name", ["a/b", "a:b", "a?b", "a%b", "a#b", "a\\b", "x" * 114])
def test_names_that_cannot_be(studio: Studio, api: wandb.Api, name: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)invalid|failed|must|cannot"):
        api.create_registry(name, visibility="organization", organization=studio.world.organization)


@pytest.mark.parametrize("name", ["x" * 100, "with space", "Ünïcode", "dots.and_under-score"])
def test_names_that_can_be(studio: Studio, api: wandb.Api, name: str) -> None:
    wanted = f"{name}"
    api.create_registry(wanted, visibility="organization", organization=studio.world.organization)
    assert api.registry(wanted, organization=studio.world.organization).name == wanted


@pytest.mark.parametrize("types", [["a/b"], ["a:b"], ["x" * 129]])
def test_types_that_cannot_be(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], types: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"(?i)invalid|failed|type"):
        api.create_registry(
            fresh("bad"),
            visibility="organization",
            organization=studio.world.organization,
            artifact_types=types,
        )


def test_accepted_types_only_grow(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    registry.artifact_types.append("dataset")
    registry.save()
    with pytest.raises(ValueError, match=r"(?i)remove"):
        registry.artifact_types.remove("model")
    found = api.registry(registry.name, organization=studio.world.organization)
    assert sorted(found.artifact_types) == ["dataset", "model"]


def test_a_type_not_yet_saved_can_be_taken_back(studio: Studio) -> None:
    registry = studio.registry()
    registry.artifact_types.append("other")
    registry.artifact_types.remove("other")
    registry.save()
    assert list(registry.artifact_types) == ["model"]


@pytest.mark.parametrize("description", ["new", "", "x" * 2000])
def test_description(studio: Studio, api: wandb.Api, description: str) -> None:
    registry = studio.registry(description="first")
    registry.description = description
    registry.save()
    found = api.registry(registry.name, organization=studio.world.organization)
    assert found.description == description


def test_rename(studio: Studio, api: wandb.Api, fresh: Callable[[str], str]) -> None:
    registry, name = studio.registry(), fresh("renamed")
    before, ident = registry.name, registry.id
    registry.name = name
    registry.save()
    assert api.registry(name, organization=studio.world.organization).id == ident
    with pytest.raises(ValueError, match="Failed to load"):
        api.registry(before, organization=studio.world.organization)


def test_rename_to_a_name_that_is_taken(studio: Studio) -> None:
    first, second = studio.registry(), studio.registry()
    second.name = first.name
    with pytest.raises(Exception, match="already exists"):
        second.save()


def test_restricted_once_is_restricted(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry(visibility="organization")
    registry.visibility = "restricted"
    registry.save()
    registry.visibility = "organization"
    with pytest.raises(ValueError, match="Failed"):
        registry.save()
    assert api.registry(registry.name, organization=studio.world.organization).visibility == "restricted"


def test_deleted_once(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    registry.delete()
    with pytest.raises(ValueError, match="Failed to delete"):
        registry.delete()
    with pytest.raises(ValueError, match="Failed to load"):
        api.registry(registry.name, organization=studio.world.organization)


def test_load_takes_what_others_changed(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    other = api.registry(registry.name, organization=studio.world.organization)
    other.description = "by another"
    other.save()
    registry.load()
    assert registry.description == "by another"


@pytest.mark.parametrize("way", ["display name", "none"])
def test_the_organization_of_a_registry(studio: Studio, api: wandb.Api, way: str) -> None:
    registry = studio.registry()
    organization = studio.world.organization if way == "display name" else None
    assert api.registry(registry.name, organization=organization).id == registry.id


def test_a_user_of_two_organizations_must_say_which(studio: Studio) -> None:
    world = studio.world
    key = world.user("both", role="member", team="member")
    second = f"{world.organization} second"
    world.setup("organization", command="up", orgName=second, username=world.name("both"))
    registry = studio.registry()
    assert studio.api(key).registry(registry.name, organization=world.organization).id == registry.id


def test_a_user_of_no_organization_has_no_registries(studio: Studio, fresh: Callable[[str], str]) -> None:
    short = fresh("lonely")
    theirs = studio.api(studio.world.user(short))
    theirs.settings["entity"] = studio.world.name(short)
    with pytest.raises(Exception, match=r"(?i)organization"):
        theirs.registry("any")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["user", "team"])
def test_roles_of_members(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str], kind: str, role: Any
) -> None:
    world, registry = studio.world, studio.registry(visibility="restricted")
    if kind == "user":
        short = fresh("member")
        world.user(short, role="member")
        name, member = world.name(short), api.user(world.name(short))
    else:
        name, member = world.team, api.team(world.team)
    assert member is not None
    registry.add_members(member)
    assert roles(registry)[name] == "restricted_viewer"
    registry.update_member(member, role)
    assert roles(registry)[name] == role
    registry.add_members(member)
    assert roles(registry)[name] == role
    registry.remove_members(member)
    assert name not in roles(registry)
    registry.remove_members(member)


def test_members_by_id(studio: Studio, api: wandb.Api, fresh: Callable[[str], str]) -> None:
    world, registry, short = studio.world, studio.registry(), fresh("byid")
    world.user(short, role="member")
    user = api.user(world.name(short))
    assert user is not None
    registry.add_members(user.id, api.team(world.team).id)
    assert set(roles(registry)) == {world.name("admin"), world.name(short), world.team}


def test_somebody_from_outside_the_organization_can_be_a_member(
    studio: Studio, fresh: Callable[[str], str]
) -> None:
    world, registry, short = studio.world, studio.registry(visibility="restricted"), fresh("guest")
    key = world.user(short)
    user = world.ask("{ viewer { id } }", key).data["viewer"]["id"]
    registry.add_members(user)
    assert roles(registry)[world.name(short)] == "restricted_viewer"
    assert studio.api(key).registry(registry.name, organization=world.organization).id == registry.id


def test_the_role_of_somebody_who_is_no_member(studio: Studio, fresh: Callable[[str], str]) -> None:
    world, registry, short = studio.world, studio.registry(), fresh("stranger")
    world.user(short, role="member")
    with pytest.raises(Exception, match=r"(?i)not"):
        registry.update_member(world.user_id(short), "viewer")


def test_an_unknown_role(studio: Studio, api: wandb.Api) -> None:
    registry = studio.registry()
    user = api.user(studio.world.name("admin"))
    assert user is not None
    with pytest.raises(Exception, match=r"(?i)role"):
        registry.update_member(user, "owner")
    assert roles(registry) == {studio.world.name("admin"): "admin"}


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (lambda a, b: {"name": a}, 1),
        (lambda a, b: {"name": {"$in": [a, b]}}, 2),
        (lambda a, b: {"name": {"$regex": f"^wandb-registry-{a}$"}}, 1),
        (lambda a, b: {"$or": [{"name": a}, {"name": b}]}, 2),
        (lambda a, b: {"name": a, "description": "about b"}, 0),
        (lambda a, b: {"name": {"$in": [a, b]}, "description": {"$regex": "about"}}, 1),
        (lambda a, b: {"name": "nobody"}, 0),
    ],
)
def test_registries_by_filter(studio: Studio, api: wandb.Api, filters: Any, count: int) -> None:
    first, second = studio.registry(), studio.registry(description="about b")
    wanted = filters(first.name, second.name)
    assert len(list(api.registries(studio.world.organization, filter=wanted))) == count


def test_registries_in_pages_that_can_be_resumed(studio: Studio, api: wandb.Api) -> None:
    made = {studio.registry().name for _ in range(3)}
    wanted = {"name": {"$in": sorted(made)}}
    pages = api.registries(studio.world.organization, filter=wanted, per_page=1)
    first = next(pages).name
    rest = [one.name for one in api.registries(studio.world.organization, filter=wanted, start=pages.cursor)]
    assert {first, *rest} == made
    assert first not in rest


def test_a_server_that_refuses_restricted_registries_makes_none(
    studio: Studio, api: wandb.Api, fresh: Callable[[str], str]
) -> None:
    state, name = studio.world.sandbox.state, fresh("refused")
    before = state.switches
    state.switches = before.changed(restricted_creation_refused=True)
    try:
        with pytest.raises(ValueError, match="Failed to create"):
            api.create_registry(name, visibility="restricted", organization=studio.world.organization)
    finally:
        state.switches = before
    assert list(api.registries(studio.world.organization, filter={"name": name})) == []
