"""What a reconciler refuses on sight of the server, where no sandbox gets into that state by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server.answers import by_operation, port_of
from wandb_registry.reconcile.collection import CollectionGoal, change_collection, ensure_collection
from wandb_registry.reconcile.errors import AlreadyThere, LockOut, RestrictedCreationRefused, TypeFixed
from wandb_registry.reconcile.membership_goal import MembershipsGoal
from wandb_registry.reconcile.memberships import apply_memberships, remove_memberships
from wandb_registry.reconcile.registry import RegistryGoal, ensure_registry
from wandb_registry.server.collections import Collection, Home
from wandb_registry.server.members import Principal
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import GraphQL
from wandb_registry.server.registries import Registry
from wandb_registry.state.roles import Role

HOME = Home("acme-org", "wandb-registry-models")
ORGANIZATION = Organization("o1", "Acme", "acme-org")
REGISTRY = Registry("p1", "models", "restricted", None, None)
ALICE, BOB = Principal("user", "alice"), Principal("user", "bob")


def members(acting: str, **roles: str) -> GraphQL:
    """A server on which these people are members; any write is an unknown operation, and fails the test."""
    found = [{"id": f"id of {n}", "username": n, "role": {"name": role}} for n, role in roles.items()]
    answers: dict[str, Callable[[dict[str, Any]], Any]] = {
        "ActingViewer": lambda _: {"viewer": {"id": "v", "username": acting}},
        "RegistryMembers": lambda _: {"project": {"members": found, "teamMembers": []}},
    }
    return port_of(by_operation(answers))


def test_a_collection_that_changed_its_type_by_other_hands_is_not_changed() -> None:
    live = Collection("c1", "churn", "dataset", None, ())
    with pytest.raises(TypeFixed, match="has type dataset"):
        change_collection(members("root"), HOME, live, CollectionGoal("churn", "model"))


def test_a_name_that_is_taken_in_another_case_or_kind_is_said_so() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        operation = json.loads(request.content)["query"].split("(")[0].split()[1]
        if operation == "CreateCollection":
            error = {
                "message": "taken",
                "path": ["createArtifactPortfolio"],
                "extensions": {"code": "CONFLICT"},
            }
            return httpx.Response(409, json={"data": None, "errors": [error]})
        answers: dict[str, Any] = {
            "CollectionByName": {"project": {"name": "p", "artifactCollection": None}},
            "TypeFields": {"__type": {"fields": [{"name": "createArtifactPortfolio"}]}},
            "TypeOf": {"project": {"name": "p", "artifactType": {"id": "t"}}},
        }
        return httpx.Response(200, json={"data": answers[operation]})

    port = port_of(httpx.MockTransport(answer))
    with pytest.raises(AlreadyThere, match="another case or kind"):
        ensure_collection(port, HOME, CollectionGoal("churn", "model"), None)


def test_taking_all_memberships_away_leaves_an_admin() -> None:
    goal = MembershipsGoal({ALICE: Role.ADMIN}, applied=frozenset({ALICE}))
    port = members("root", alice="admin", bob="member")
    with pytest.raises(LockOut, match="nothing was removed"):
        remove_memberships(port, ORGANIZATION, REGISTRY, goal)


def test_the_acting_user_does_not_lock_itself_out() -> None:
    goal = MembershipsGoal({BOB: Role.ADMIN}, applied=frozenset({ALICE, BOB}), shown=frozenset({ALICE, BOB}))
    port = members("alice", alice="admin", bob="admin")
    with pytest.raises(LockOut, match="whose key this is"):
        apply_memberships(port, ORGANIZATION, REGISTRY, goal, first=False)


def creating(upsert: httpx.Response, *read: dict[str, Any] | None) -> tuple[GraphQL, list[str]]:
    """A server that answers `upsert` to a creation, and these projects in turn; and what was asked."""
    projects, asked = list(read), []

    def answer(request: httpx.Request) -> httpx.Response:
        operation = json.loads(request.content)["query"].split("(")[0].split()[1]
        asked.append(operation)
        if operation == "UpsertRegistry":
            return upsert
        if operation == "DeleteRegistry":
            return httpx.Response(200, json={"data": {"deleteModel": {"success": True}}})
        return httpx.Response(200, json={"data": {"entity": {"name": "e", "project": projects.pop(0)}}})

    return port_of(httpx.MockTransport(answer)), asked


def test_a_registry_that_is_there_and_hidden_is_said_so() -> None:
    error = {"message": "taken", "path": ["upsertModel"], "extensions": {"code": "CONFLICT"}}
    port, _ = creating(httpx.Response(409, json={"data": None, "errors": [error]}), None)
    with pytest.raises(AlreadyThere, match="hidden from this key"):
        ensure_registry(port, ORGANIZATION, RegistryGoal("models", "restricted"), None)


def test_a_registry_that_comes_out_open_is_deleted_at_once() -> None:
    opened = {"id": "p1", "name": "wandb-registry-models", "access": "PRIVATE", "allowAllArtifactTypes": True}
    made = httpx.Response(200, json={"data": {"upsertModel": {"inserted": True, "project": opened}}})
    port, asked = creating(made, None, opened)
    with pytest.raises(RestrictedCreationRefused, match="with visibility organization"):
        ensure_registry(port, ORGANIZATION, RegistryGoal("models", "restricted"), None)
    assert asked[-1] == "DeleteRegistry"
