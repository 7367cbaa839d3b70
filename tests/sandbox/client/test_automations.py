"""`wandb.automations` of the real client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from wandb.automations import ArtifactEvent, DoNothing, OnAddArtifactAlias, OnLinkArtifact, SendWebhook
from wandb.errors import CommError

if TYPE_CHECKING:
    import wandb

    from tests.sandbox.support import World


def test_create_list_update_delete(world: World, api: wandb.Api) -> None:
    world.registry()
    registry = api.registry("models", organization=world.organization)
    event = OnLinkArtifact(scope=registry, filter=ArtifactEvent.alias.eq("prod"))
    made = api.create_automation(event >> DoNothing(), name="note", description="about")
    assert (made.name, made.description, made.enabled) == ("note", "about", True)
    found = api.automation(name="note", entity=world.entity)
    assert found.id == made.id
    assert found.event.filter.filter == made.event.filter.filter
    with pytest.raises(CommError, match="exists"):
        api.create_automation(event >> DoNothing(), name="note")
    assert api.create_automation(event >> DoNothing(), name="note", fetch_existing=True).id == made.id
    found.enabled = False
    assert api.update_automation(found, name="renamed").enabled is False
    assert [one.name for one in api.automations(entity=world.entity)] == ["renamed"]
    assert api.delete_automation(found)
    assert list(api.automations(entity=world.entity)) == []


def test_a_webhook_of_a_collection(world: World, api: wandb.Api) -> None:
    world.registry()
    world.link(world.version())
    collection = api.artifact_collection("model", f"{world.entity}/wandb-registry-models/c")
    document = """mutation($i: CreateGenericWebhookIntegrationInput!) {
      createGenericWebhookIntegration(input: $i) { integration { id } } }"""
    hook = {"entityName": world.entity, "name": "hook", "urlEndpoint": "https://example.invalid/hook"}
    assert world.do(document, **hook).status == 200
    integration = next(iter(api.webhook_integrations(entity=world.entity)))
    action = SendWebhook.from_integration(integration, payload={"version": "${artifact_version}"})
    made = api.create_automation(OnAddArtifactAlias(scope=collection) >> action, name="hooked")
    assert made.action.integration.id == integration.id
    assert integration.url_endpoint == "https://example.invalid/hook"
    assert made.scope.name == "c"


def test_an_older_server_is_asked_project_by_project(
    world: World, api: wandb.Api, sandbox: object, switch: object
) -> None:
    switch(features={"QUERY_AUTOMATIONS_ON_ENTITY": False, "AUTOMATION_SCOPE_ENTITY": False})  # type: ignore[operator]
    world.registry()
    registry = api.registry("models", organization=world.organization)
    made = api.create_automation(OnLinkArtifact(scope=registry) >> DoNothing(), name="note")
    assert [one.id for one in api.automations(entity=world.entity)] == [made.id]
