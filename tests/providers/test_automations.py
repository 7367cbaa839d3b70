"""Automations stop a run before its first write, in each resource that would fire them."""

from __future__ import annotations

from typing import Any

import pytest

from providers.collection import CollectionProvider
from providers.link import LinkProvider
from providers.links import LinksProvider
from providers.stack_guard import StackGuardProvider
from tests.world import World
from wandb_registry.guards.automations import AutomationsWouldFire
from wandb_registry.guards.stack import fingerprint

Props = dict[str, Any]

_CREATE = """
mutation($i: CreateFilterTriggerInput!) { createFilterTrigger(input: $i) { trigger { id } } }
"""


@pytest.fixture(autouse=True)
def _nothing_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.automations._read", {})


def automate(world: World, event: str, *, enabled: bool = True) -> None:
    """An automation `deploy` of registry models."""
    value = {
        "name": "deploy",
        "enabled": enabled,
        "scopeID": world.registry().id,
        "scopeType": "PROJECT",
        "triggeringEventType": event,
        "eventFilter": "{}",
        "triggeredActionType": "NO_OP",
        "triggeredActionConfig": {"noOpActionInput": {"noOp": True}},
    }
    world.port.execute(_CREATE, {"i": value})


def props(world: World, **fields: Any) -> Props:
    return {"organization": world.name, "registry": "models", **fields}


def lift(props: Props) -> Props:
    override = {"guard": "automations-would-fire", "subject": "models/deploy"}
    return {**props, "overrides": [{**override, "reason": "r", "approved_by": "a"}]}


def test_links_stop_before_the_first_one_is_made_and_before_any_is_taken_away(in_process: World) -> None:
    world = in_process
    automate(world, "LINK_MODEL")
    provider, (artifact,) = LinksProvider(), world.artifacts("churn", 1)
    CollectionProvider().create(props(world, name="churn", type="model"))
    links = props(world, collection="churn", links={artifact: f"0000 v0 {world.source('churn', 0)}"})
    with pytest.raises(AutomationsWouldFire, match="models/deploy"):
        provider.create(links)
    assert world.links("churn") == {}
    outs = provider.create(lift(links)).outs
    assert set(world.links("churn")) == {artifact}

    # An alias is another event, so this automation is not asked about it.
    changed = {**links, "links": {artifact: f"{links['links'][artifact]} [best]"}}
    outs = provider.update("id", outs, changed).outs
    provider.delete("id", outs)
    assert world.links("churn") == {}


def test_taking_links_away_is_an_event_too(in_process: World) -> None:
    world = in_process
    automate(world, "UNLINK_ARTIFACT")
    provider, (artifact,) = LinksProvider(), world.artifacts("churn", 1)
    CollectionProvider().create(props(world, name="churn", type="model"))
    links = props(world, collection="churn", links={artifact: f"0000 v0 {world.source('churn', 0)}"})
    outs = provider.create({**links, "delete": "destroy"}).outs
    with pytest.raises(AutomationsWouldFire):
        provider.update("id", outs, props(world, collection="churn", links={}, delete="destroy"))
    with pytest.raises(AutomationsWouldFire):
        provider.delete("id", outs)
    assert set(world.links("churn")) == {artifact}
    provider.update("id", outs, props(world, collection="churn", links={}, delete="retain"))
    provider.delete("id", lift(outs))
    assert world.links("churn") == {}


def test_a_link_of_its_own_stops_as_well(in_process: World) -> None:
    world = in_process
    automate(world, "ADD_ARTIFACT_ALIAS")
    world.artifacts("churn", 1)
    CollectionProvider().create(props(world, name="churn", type="model"))
    link = props(world, collection="churn", source=world.source("churn", 0), aliases=["best"])
    with pytest.raises(AutomationsWouldFire):
        LinkProvider().create(link)
    created = LinkProvider().create(lift(link))
    with pytest.raises(AutomationsWouldFire):
        LinkProvider().update(created.id, created.outs, {**link, "aliases": ["worst"]})
    LinkProvider().delete(created.id, {**created.outs, "overrides": []})  # unlinking is another event
    assert world.links("churn") == {}


def test_taking_a_link_of_its_own_away_stops_as_well(in_process: World) -> None:
    world = in_process
    automate(world, "UNLINK_ARTIFACT")
    world.artifacts("churn", 1)
    CollectionProvider().create(props(world, name="churn", type="model"))
    created = LinkProvider().create(props(world, collection="churn", source=world.source("churn", 0)))
    with pytest.raises(AutomationsWouldFire):
        LinkProvider().delete(created.id, created.outs)
    assert len(world.links("churn")) == 1
    LinkProvider().delete(created.id, lift(created.outs))
    assert world.links("churn") == {}


def test_tags_of_a_collection_stop_where_they_change(in_process: World) -> None:
    world = in_process
    automate(world, "ADD_COLLECTION_TAG")
    provider = CollectionProvider()
    tagged = props(world, name="churn", type="model", tags=["eu"])
    with pytest.raises(AutomationsWouldFire):
        provider.create(tagged)
    created = provider.create({**tagged, "tags": None})
    with pytest.raises(AutomationsWouldFire):
        provider.update(created.id, created.outs, tagged)
    provider.update(created.id, created.outs, {**tagged, "tags": [], "description": "new"})


def test_the_stacks_guard_stops_the_run_before_any_resource_is_touched(in_process: World) -> None:
    world = in_process
    automate(world, "LINK_MODEL")
    summary = {
        "visibility": "restricted",
        "collections": {"churn": "1 links"},
        "sources": {"churn": fingerprint("a")},
    }
    guard: Props = {"organization": world.name, "registries": {"models": summary}}
    with pytest.raises(AutomationsWouldFire):
        StackGuardProvider().create(guard)
    outs = StackGuardProvider().create(lift(guard)).outs
    more = {**summary, "sources": {"churn": fingerprint("a") + fingerprint("b")}}
    with pytest.raises(AutomationsWouldFire):
        StackGuardProvider().update("guard", outs, {**guard, "registries": {"models": more}})
    shared = {**summary, "members": {"user bob": "viewer"}}
    StackGuardProvider().update("guard", outs, {**guard, "registries": {"models": shared}})


def test_a_disabled_automation_stops_nothing(in_process: World) -> None:
    world = in_process
    automate(world, "ADD_COLLECTION_TAG", enabled=False)
    CollectionProvider().create(props(world, name="churn", type="model", tags=["eu"]))
