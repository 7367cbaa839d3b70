"""Never open, not for a moment: outsiders look after every write of a run, whole or killed anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.reconcile.desired import Desired, desired
from tests.reconcile.ports import Killed, KilledPort, WatchedPort
from tests.world import World
from wandb_registry.server.port import GraphQL
from wandb_registry.server.registries import get_registry, list_registries
from wandb_registry.state.roles import Role

_READ = """
query Peek($entity: String!, $project: String!) {
  project(name: $project, entityName: $entity) {
    id members { username } artifactCollections { edges { node { name } } }
  }
  link: project(name: $project, entityName: $entity) { artifactCollectionMembership(name: "churn:v0") { id } }
}
"""


def watcher(world: World, want: Desired, outsiders: list[GraphQL]) -> Callable[[], None]:
    def look() -> None:
        for outsider in outsiders:
            assert want.name not in {r.name for r in list_registries(outsider, world.organization)}
            variables = {"entity": world.organization.entity, "project": f"wandb-registry-{want.name}"}
            assert outsider.execute(_READ, variables) == {"project": None, "link": None}
        if get_registry(world.port, world.organization, want.name) is None:
            return
        for principal, role in world.members(want.name).items():
            creator = principal.name == world.user("root")
            assert creator or want.roles[principal].covers(role), f"{principal} was {role} for a moment"

    return look


def outsiders_of(world: World) -> list[GraphQL]:
    """Somebody in the organization but in no team, and the admin of another team."""
    world.person("olga")
    world.person("rita")
    world.team_up("risk", "rita")
    return [world.as_user("olga"), world.as_user("rita")]


def test_no_outsider_ever_sees_anything_and_no_member_is_ever_above_its_role(world: World) -> None:
    outsiders = outsiders_of(world)
    anew, position, killed = desired(world), 0, True
    while killed:
        want = replace(anew, name=f"models{position}")
        look = watcher(world, want, outsiders)
        try:
            want.up(WatchedPort(KilledPort(world.port, position, after=True), look))
            killed = False
        except Killed:
            want.up(WatchedPort(world.port, look))
        position += 1
    assert position > 20


def test_the_watch_would_see_an_open_registry(world: World) -> None:
    outsiders = outsiders_of(world)
    want = replace(desired(world), name="open")
    fields = {
        "entityName": world.organization.entity,
        "name": "wandb-registry-open",
        "access": "PRIVATE",
        "allowAllArtifactTypesInRegistry": True,
    }
    world.port.execute(
        "mutation($i: UpsertModelInput!) { upsertModel(input: $i) { inserted } }", {"i": fields}
    )
    with pytest.raises(AssertionError):
        watcher(world, want, outsiders)()


def test_the_watch_would_see_a_role_that_is_too_high(world: World) -> None:
    want = replace(desired(world), name="models")
    want.up(world.port)
    higher = replace(want, roles=dict.fromkeys(want.roles, Role.RESTRICTED_VIEWER))
    with pytest.raises(AssertionError, match="for a moment"):
        watcher(world, higher, [])()
