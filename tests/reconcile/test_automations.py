"""Automations of every scope, on a server in a function: what is asked, how often, and what stops."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.server.answers import connection, port_of
from wandb_registry.guards.automations import LINKED, AutomationsWouldFire, Writes
from wandb_registry.reconcile.automations import Automations, require_quiet
from wandb_registry.server.automations import (
    Automation,
    Lists,
    automation_lists,
    entity_automations,
    organization_automations,
    registry_automations,
)
from wandb_registry.server.errors import IncompleteListing, NotVisible
from wandb_registry.server.organizations import Organization
from wandb_registry.state.models import Override

ORGANIZATION = Organization("o1", "Acme", "acme-org")
ALL = ("organization", "entity", "project")
WRITES = Writes("models", LINKED, frozenset({"churn"}), frozenset({"fraud"}))


def trigger(name: str, event: str = "LINK_MODEL", scope: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": f"id of {name}",
        "name": name,
        "enabled": True,
        "scope": scope or {"__typename": "Entity"},
        "event": {"__typename": "FilterEventTriggeringCondition", "eventType": event},
    }


class Server:
    """Lists triggers by scope name; `denied` scopes answer a permission error."""

    def __init__(
        self,
        lists: tuple[str, ...] = ALL,
        denied: frozenset[str] = frozenset(),
        **triggers: list[dict[str, Any]],
    ) -> None:
        self.lists, self.denied, self.triggers = lists, denied, triggers
        self.asked: list[str] = []
        self.port = port_of(httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        operation = body["query"].split("{")[0].split("(")[0].split()[1]
        name = str(body["variables"].get("name") or body["variables"].get("project") or "")
        self.asked.append(f"{operation} {name}".strip())
        if name in self.denied:
            error = {"message": "no", "path": ["scope"], "extensions": {"code": "PERMISSION_ERROR"}}
            return httpx.Response(403, json={"data": None, "errors": [error]})
        return httpx.Response(200, json={"data": self.data(operation, name)})

    def data(self, operation: str, name: str) -> dict[str, Any]:
        if operation == "AutomationLists":
            return {
                scope: {"fields": [{"name": "triggers"}, {"name": "id"}] if scope in self.lists else []}
                for scope in ALL
            }
        found = self.triggers.get(name.replace("-", "_"), [])
        if operation == "RegistryAutomations":
            return {"project": {"id": "p1", "name": name, "triggers": found}}
        return {"scope": {"triggers": connection(*found)}}


def subjects(server: Server, writes: Writes = WRITES) -> list[tuple[str, str]]:
    automations = Automations(server.port, ORGANIZATION)
    return [(refusal.guard, refusal.subject) for refusal in automations.refusals(writes)]


def test_every_scope_is_read_and_each_would_stop_the_run() -> None:
    portfolio = {"__typename": "ArtifactPortfolio", "id": "c1", "name": "churn"}
    project = {"__typename": "Project", "id": "p1", "name": "wandb-registry-models"}
    server = Server(
        Acme=[trigger("organization-wide")],
        acme_org=[trigger("entity-wide")],
        fraud=[trigger("team-wide")],
        wandb_registry_models=[trigger("registry-wide", scope=project), trigger("one", scope=portfolio)],
    )
    names = ("organization-wide", "entity-wide", "team-wide", "registry-wide", "one")
    assert subjects(server) == [("automations-would-fire", f"models/{name}") for name in names]
    assert server.asked == [
        "AutomationLists",
        "OrganizationAutomations Acme",
        "EntityAutomations acme-org",
        "EntityAutomations fraud",
        "RegistryAutomations wandb-registry-models",
    ]


def test_a_server_without_automations_has_none_and_is_asked_once() -> None:
    server = Server(lists=())
    automations = Automations(server.port, ORGANIZATION)
    assert list(automations.refusals(WRITES)) == []
    assert list(automations.refusals(Writes("others", LINKED))) == []
    assert server.asked == ["AutomationLists"]


def test_an_older_server_lists_them_by_registry_alone() -> None:
    portfolio = {"__typename": "ArtifactPortfolio", "id": "c1", "name": "churn"}
    server = Server(lists=("project",), wandb_registry_models=[trigger("one", scope=portfolio)])
    assert subjects(server) == [("automations-would-fire", "models/one")]
    assert len(server.asked) == 2


def test_a_collection_of_the_same_name_in_another_registry_is_another_one() -> None:
    portfolio = {"__typename": "ArtifactPortfolio", "id": "c9", "name": "churn"}
    server = Server(acme_org=[trigger("theirs", scope=portfolio)])
    assert subjects(server) == []
    older = Server(lists=("entity",), acme_org=[trigger("theirs", scope=portfolio)])
    assert subjects(older) == [("automations-would-fire", "models/theirs")]  # nobody tells whose it is


def test_another_registry_costs_one_request_more() -> None:
    server = Server()
    automations = Automations(server.port, ORGANIZATION)
    for registry in ("models", "models", "others"):
        assert list(automations.refusals(Writes(registry, LINKED))) == []
    assert sum(asked.startswith("RegistryAutomations") for asked in server.asked) == 2
    assert len(server.asked) == 5


def test_what_the_key_may_not_read_is_a_refusal_of_its_own() -> None:
    server = Server(denied=frozenset({"Acme"}))
    assert subjects(server) == [("automations-unreadable", "models")]


def test_the_run_stops_with_every_one_of_them_unless_acknowledged() -> None:
    server = Server(Acme=[trigger("deploy"), trigger("page")])
    automations = Automations(server.port, ORGANIZATION)
    lift = Override(guard="automations-would-fire", subject="models/deploy", reason="r", approved_by="a")
    with pytest.raises(AutomationsWouldFire, match=r"deploy.*page"):
        require_quiet(automations, [WRITES], [])
    with pytest.raises(AutomationsWouldFire) as stopped:
        require_quiet(automations, [WRITES], [lift])
    assert "deploy" not in str(stopped.value)
    require_quiet(automations, [WRITES], [lift, lift.model_copy(update={"subject": "models/page"})])


def test_a_run_that_writes_nothing_of_the_kind_asks_nothing() -> None:
    server = Server(Acme=[trigger("deploy")])
    require_quiet(Automations(server.port, ORGANIZATION), [Writes("models", frozenset())], [])
    assert server.asked == []


def test_an_entity_that_is_hidden_is_not_an_entity_without_automations() -> None:
    port = port_of(httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {"scope": None}})))
    with pytest.raises(NotVisible):
        entity_automations(port, "fraud")
    with pytest.raises(NotVisible):
        organization_automations(port, ORGANIZATION)


def test_a_listing_that_is_cut_short_is_an_error() -> None:
    cut = {"scope": {"triggers": {"edges": []}}}
    port = port_of(httpx.MockTransport(lambda _: httpx.Response(200, json={"data": cut})))
    with pytest.raises(IncompleteListing):
        entity_automations(port, "fraud")


def test_a_registry_that_is_not_there_yet_has_none() -> None:
    port = port_of(httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {"project": None}})))
    assert registry_automations(port, ORGANIZATION, "wandb-registry-new") == ()


def test_they_are_read_page_by_page_and_parsed() -> None:
    pages = [connection(trigger("a"), after="1"), connection(trigger("b", "RUN_STATE"))]
    cursors: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        cursors.append(json.loads(request.content)["variables"]["cursor"])
        return httpx.Response(200, json={"data": {"scope": {"triggers": pages[len(cursors) - 1]}}})

    found = entity_automations(port_of(httpx.MockTransport(answer)), "fraud")
    assert cursors == [None, "1"]
    assert found == (
        Automation("id of a", "a", True, "LINK_MODEL", "entity", "fraud"),
        Automation("id of b", "b", True, "RUN_STATE", "entity", "fraud"),
    )


def test_a_server_that_does_not_tell_its_schema_lists_none() -> None:
    port = port_of(httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {}})))
    lists = automation_lists(port)
    assert lists == Lists(organization=False, entity=False, project=False)
