"""Single items, lookups and core registries against a server, in process."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from providers import get_collection, get_registry
from providers.adapter import AnotherCollection
from providers.link import LinkProvider, SourceFixed
from providers.links import LinksProvider
from providers.membership import MembershipProvider
from providers.registry import RegistryProvider
from tests.world import World
from wandb_registry.errors import UserError
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.server.collections import update_collection
from wandb_registry.server.links import change_aliases, link_all
from wandb_registry.server.members import Member, Principal, add_members, organization_people, set_roles
from wandb_registry.server.registries import create_registry
from wandb_registry.state.roles import Role

Props = dict[str, Any]


@pytest.fixture
def alpha(in_process: World) -> World:
    """A registry with a collection that somebody else made."""
    in_process.registry("alpha")
    ensure_collection(
        in_process.port, in_process.home("alpha"), CollectionGoal("churn", "model", "Theirs"), None
    )
    return in_process


def join(world: World, who: str, role: Role) -> Principal:
    live = get_registry(world.name, "alpha")
    people = organization_people(world.port, world.organization) or {}
    principal = Principal("user", who)
    add_members(world.port, live.id, {principal: people[who]})
    set_roles(world.port, live.id, [(Member(principal, people[who], role), role)])
    return principal


def membership(world: World, who: str, role: str, **more: Any) -> Props:
    return {
        "organization": world.name,
        "registry": "alpha",
        "kind": "user",
        "principal": who,
        "role": role,
        **more,
    }


def test_an_adopted_member_is_changed_and_never_removed(alpha: World) -> None:
    eve = join(alpha, alpha.person("eve"), Role.ADMIN)
    provider = MembershipProvider()
    made = provider.create(membership(alpha, eve.name, "viewer", adopt=True))
    assert alpha.members("alpha")[eve] is Role.VIEWER
    assert made.outs is not None
    assert made.outs["added"] is False
    provider.delete(made.id, made.outs)
    assert eve in alpha.members("alpha")


def test_a_member_that_is_there_is_not_adopted_unasked(alpha: World) -> None:
    eve = join(alpha, alpha.person("eve"), Role.ADMIN)
    with pytest.raises(UserError, match="was not when scan ran"):
        MembershipProvider().create(membership(alpha, eve.name, "viewer"))
    assert alpha.members("alpha")[eve] is Role.ADMIN


def test_a_member_of_ours_is_removed(alpha: World) -> None:
    bob = alpha.person("bob")
    provider = MembershipProvider()
    made = provider.create(membership(alpha, bob, "viewer"))
    assert made.outs is not None
    changed = provider.update(made.id, made.outs, membership(alpha, bob, "member"))
    assert alpha.members("alpha")[Principal("user", bob)] is Role.MEMBER
    assert changed.outs is not None
    provider.delete(made.id, changed.outs)
    assert Principal("user", bob) not in alpha.members("alpha")


def link(world: World, number: int, **more: Any) -> Props:
    return {
        "organization": world.name,
        "registry": "alpha",
        "collection": "churn",
        "source": world.source("churn", number),
        **more,
    }


def test_an_adopted_link_is_realiased_and_never_unlinked(alpha: World) -> None:
    ids = alpha.artifacts("churn", 1)
    home = alpha.home("alpha")
    link_all(alpha.port, home, "churn", ids)
    change_aliases(alpha.port, home, "churn", add=[(ids[0], ["theirs"])], remove=[])
    provider = LinkProvider()
    with pytest.raises(UserError, match="by other hands than ours"):
        provider.create(link(alpha, 0, aliases=["ours"]))
    made = provider.create(link(alpha, 0, aliases=["ours"], adopt=True))
    assert alpha.links("churn", "alpha")[ids[0]].aliases == ("ours",)
    assert made.outs is not None
    assert made.outs["made"] is False
    provider.delete(made.id, made.outs)
    assert ids[0] in alpha.links("churn", "alpha")


def test_a_link_of_ours_has_its_number_and_is_unlinked(alpha: World) -> None:
    ids = alpha.artifacts("churn", 2)
    provider = LinkProvider()
    made = provider.create(link(alpha, 0, version=0))
    assert made.outs is not None
    assert (made.outs["artifact_id"], made.outs["number"], made.outs["made"]) == (ids[0], "v0", True)
    with pytest.raises(UserError, match="got v1 from the server, and must be v5"):
        provider.create(link(alpha, 1, version=5))
    provider.delete(made.id, made.outs)
    assert ids[0] not in alpha.links("churn", "alpha")


def test_a_link_keeps_its_version_under_any_label(alpha: World) -> None:
    ids = alpha.artifacts("churn", 2)
    provider = LinkProvider()
    made = provider.create(link(alpha, 0, aliases=["best"]))
    assert made.outs is not None
    with pytest.raises(SourceFixed, match=r"churn:v1 is another version than .*churn:v0"):
        provider.update(made.id, made.outs, link(alpha, 1, aliases=["best"]))
    relabelled = link(alpha, 0, aliases=["new"]) | {"source": f"artifact:{ids[0]}"}
    changed = provider.update(made.id, made.outs, relabelled)
    assert changed.outs is not None
    assert (changed.outs["artifact_id"], changed.outs["made"]) == (ids[0], True)
    assert {i: found.aliases for i, found in alpha.links("churn", "alpha").items()} == {ids[0]: ("new",)}


def test_links_keep_their_collection_also_where_it_is_renamed(alpha: World) -> None:
    ids = alpha.artifacts("churn", 1)
    single, all_of_them = LinkProvider(), LinksProvider()
    one = single.create(link(alpha, 0))
    lines = {"links": {ids[0]: f"0000 {alpha.source('churn', 0)}"}}
    base = {"organization": alpha.name, "registry": "alpha"}
    several = all_of_them.create(base | {"collection": "churn"} | lines)
    assert one.outs is not None
    assert several.outs is not None
    home = alpha.home("alpha")
    ensure_collection(alpha.port, home, CollectionGoal("other", "model"), None)
    with pytest.raises(AnotherCollection, match="alpha/other is another collection"):
        single.update(one.id, one.outs, link(alpha, 0) | {"collection": "other"})
    with pytest.raises(AnotherCollection):
        all_of_them.update(several.id, several.outs, base | {"collection": "other"} | lines)

    update_collection(alpha.port, several.id, name="loss")
    for provider, made in ((single, one), (all_of_them, several)):
        assert made.outs is not None
        seen = provider.read(made.id, made.outs)
        assert seen.inputs is not None
        assert seen.inputs["collection"] == "loss"
        moved = provider.update(made.id, made.outs, seen.inputs)
        assert moved.outs is not None
    assert set(alpha.links("loss", "alpha")) == set(ids)
    assert alpha.links("other", "alpha") == {}


def test_lookups_tell_what_is_there(alpha: World) -> None:
    ids = alpha.artifacts("churn", 1)
    link_all(alpha.port, alpha.home("alpha"), "churn", ids)
    registry = get_registry(alpha.name, "alpha")
    assert (registry.visibility, registry.artifact_types) == ("restricted", ("model",))
    assert registry.path == f"{alpha.organization.entity}/wandb-registry-alpha"
    found = get_collection(alpha.name, "alpha", "churn")
    assert (found.type, found.description, found.versions) == ("model", "Theirs", {ids[0]: "v0"})


def test_a_lookup_of_what_is_not_there_ends_the_program_with_one_line(alpha: World) -> None:
    with pytest.raises(pulumi.RunError, match=r"registry omega of .* is not there, or this key may not see"):
        get_registry(alpha.name, "omega")
    with pytest.raises(pulumi.RunError, match="collection loss is not in registry alpha"):
        get_collection(alpha.name, "alpha", "loss")
    with pytest.raises(pulumi.RunError, match="there is no organization elsewhere"):
        get_registry("elsewhere", "alpha")


def test_the_description_of_a_core_registry_is_left_alone(in_process: World) -> None:
    core = create_registry(
        in_process.port,
        in_process.organization,
        "model",
        visibility="organization",
        description=None,
        artifact_types=None,
    )
    provider = RegistryProvider()
    props = {
        "organization": in_process.name,
        "name": "model",
        "visibility": "organization",
        "description": "Ours",
        "baseline": {"id": core.id, "visibility": "organization"},
    }
    made = provider.create(props)
    assert not get_registry(in_process.name, "model").description
    assert made.outs is not None
    seen = provider.read(made.id, made.outs)
    assert seen.inputs is not None
    assert not provider.diff(made.id, seen.outs, props).changes
    provider.delete(made.id, made.outs)
    assert get_registry(in_process.name, "model").id == core.id
