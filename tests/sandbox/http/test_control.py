"""Faults, latency, counters and switches over HTTP, as another process would use them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.sandbox.support import World

NAMED = "query WhoAmI { viewer { id } }"


def add(world: World, **fault: Any) -> None:
    assert world.http.post("/sandbox/faults", json={"add": [fault]}).status_code == 200


def test_requests_are_counted_by_operation_kind_and_field(world: World) -> None:
    world.http.delete("/sandbox/requests")
    world.ask(NAMED)
    world.ask(NAMED)
    world.ask("mutation Twice { a: noop b: noop }")
    found = world.http.get("/sandbox/requests").json()
    assert found["operations"] == {"WhoAmI": 2, "Twice": 1}
    assert found["kinds"] == {"query": 2, "mutation": 1}
    assert found["fields"] == {"viewer": 2, "noop": 2}
    assert [r["status"] for r in found["requests"]] == [200, 200, 200]
    assert found["requests"][0]["user"] == world.name("admin")
    later = world.http.get("/sandbox/requests", params={"since": 2}).json()["requests"]
    assert [r["operation"] for r in later] == ["Twice"]


def test_keys_are_in_no_log(world: World) -> None:
    world.ask(NAMED)
    assert world.admin not in world.http.get("/sandbox/requests").text


def test_a_cut_before_leaves_no_effect(world: World) -> None:
    world.registry()
    artifact = world.version()
    add(world, kind="cut_before", operation="linkArtifact")
    with pytest.raises(httpx.TransportError):
        world.link(artifact)
    assert world.collection() is None
    assert world.link(artifact).status == 200


def test_a_cut_after_has_its_effect(world: World) -> None:
    world.registry()
    artifact = world.version()
    add(world, kind="cut_after", operation="mutation")
    with pytest.raises(httpx.TransportError):
        world.link(artifact)
    assert world.versions() == [(0, artifact, ["latest"])]


def test_a_status_can_be_answered_some_times(world: World) -> None:
    add(world, kind="status", operation="WhoAmI", status=429, retry_after=2, skip=1, times=2)
    answers = [
        world.http.post("/graphql", json={"query": NAMED}, auth=("api", world.admin)) for _ in range(4)
    ]
    assert [a.status_code for a in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "2"


def test_a_path_can_be_hit(world: World) -> None:
    add(world, kind="status", operation="/storage", status=500)
    assert world.http.get("/storage/run/1/x").status_code == 500
    assert world.http.get("/storage/run/1/x").status_code == 404


def test_latency_is_per_request_and_mutation_field(world: World) -> None:
    world.http.post("/sandbox/faults", json={"latency_request": 0.03, "latency_mutation_field": 0.04})

    def taken(document: str) -> float:
        started = time.perf_counter()
        world.ask(document)
        return time.perf_counter() - started

    assert taken(NAMED) >= 0.03
    assert taken("mutation { a: noop b: noop }") >= 0.11
    assert world.http.delete("/sandbox/faults").json()["latency_request"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"add": [{"kind": "explode"}]},
        {"add": [{"operation": "x"}]},
        {"add": [{"kind": "status", "more": 1}]},
        {"add": [{"kind": "status", "operation": ""}]},
        {"latency_request": -1},
        {"latency_request": "x"},
        {"other": 1},
        [],
    ],
)
def test_a_wrong_fault_is_refused(world: World, body: Any) -> None:
    assert world.http.post("/sandbox/faults", json=body).status_code == 400
    assert world.http.get("/sandbox/faults").json()["active"] == []


def test_switches_over_http(world: World) -> None:
    changed = world.http.post("/sandbox/switches", json={"default_role": "viewer"})
    assert changed.json()["default_role"] == "viewer"
    assert world.http.get("/sandbox/switches").json()["default_role"] == "viewer"
    assert world.http.post("/sandbox/switches", json={"nothing": 1}).status_code == 400
    assert world.http.post("/sandbox/switches", content=b"{").status_code == 400
