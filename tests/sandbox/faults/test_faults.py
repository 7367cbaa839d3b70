"""Faults that answer less, refuse in the documented shape, limit, and take keys away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.sandbox.support import World

NAMED = "query WhoAmI { viewer { username } }"
PAGE = """query Page($e: String!, $after: String) { project(name: "wandb-registry-models", entityName: $e) {
  artifactCollections(first: 10, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { node { name artifactMemberships { edges { node { id } } } } } }
  members { username } } }"""


def add(world: World, **fault: Any) -> None:
    assert world.http.post("/sandbox/faults", json={"add": [fault]}).status_code == 200


def page(world: World) -> Any:
    return world.ask(PAGE, e=world.entity).data["project"]


def who(world: World, key: str | None = None) -> httpx.Response:
    return world.http.post("/graphql", json={"query": NAMED}, auth=("api", key or world.admin))


@pytest.fixture
def four(world: World) -> World:
    """A registry with four collections."""
    world.registry()
    artifact = world.version()
    for name in "abcd":
        world.link(artifact, name)
    return world


def test_a_listing_can_end_early(four: World) -> None:
    add(four, kind="short_listing", connection="artifactCollections")
    found = page(four)["artifactCollections"]
    assert (len(found["edges"]), found["pageInfo"]["hasNextPage"], found["totalCount"]) == (2, False, 4)
    assert len(found["edges"][0]["node"]["artifactMemberships"]["edges"]) == 1
    assert len(page(four)["artifactCollections"]["edges"]) == 4


def test_every_listing_can_be_empty(four: World) -> None:
    add(four, kind="short_listing", operation="Page", keep=0, times=-1)
    for _ in range(2):
        assert page(four)["artifactCollections"]["edges"] == []


def test_a_listing_can_be_null(four: World) -> None:
    add(four, kind="null_listing", connection="artifactMemberships", operation="project")
    nodes = [edge["node"] for edge in page(four)["artifactCollections"]["edges"]]
    assert [node["artifactMemberships"] for node in nodes] == [None] * 4


def test_a_plain_list_can_be_cut(four: World) -> None:
    add(four, kind="short_listing", connection="members", keep=0)
    found = page(four)
    assert found["members"] == []
    assert len(found["artifactCollections"]["edges"]) == 4


def test_a_key_is_revoked_in_mid_run(world: World) -> None:
    pat, mia = world.user("pat", role="member"), world.user("mia", role="member")
    add(world, kind="revoke", user=world.name("pat"), skip=2)
    assert [who(world, pat).status_code for _ in range(4)] == [200, 200, 401, 401]
    assert (who(world, mia).status_code, who(world).status_code) == (200, 200)
    world.setup("user", command="password", username=world.name("pat"), password=pat)
    assert who(world, pat).status_code == 200


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "VALIDATION_ERROR"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_ERROR"), (404, "NOT_FOUND")],
)
def test_a_refusal_has_the_documented_shape(world: World, status: int, code: str) -> None:
    add(world, kind="status", status=status, operation="viewer")
    answer = who(world)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"] == {"code": code}


def test_too_many_requests_tell_when_to_come_back(world: World) -> None:
    add(world, kind="status", status=429, retry_after=0.5)
    answer = who(world)
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after")
    assert [answer.headers[name] for name in names] == ["1", "0", "1", "0.5"]


def test_a_rate_limit_counts_by_user(world: World) -> None:
    mia = world.user("mia", role="member")
    limit = {"rate_limit": {"limit": 2, "window": 600}}
    assert world.http.post("/sandbox/faults", json=limit).json()["rate_limit"] == limit["rate_limit"]
    answers = [who(world) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["ratelimit-remaining"] for one in answers] == ["1", "0", "0"]
    assert 0 < int(answers[2].headers["retry-after"]) <= 600
    assert who(world, mia).status_code == 200
    world.http.post("/sandbox/faults", json={"clear": True})
    assert "ratelimit-limit" not in who(world).headers


def test_a_rate_limit_ends_with_its_window(world: World) -> None:
    world.http.post("/sandbox/faults", json={"rate_limit": {"limit": 1, "window": 0.05}})
    statuses = [who(world).status_code]
    while statuses[-1] == 200:
        statuses.append(who(world).status_code)
    while statuses[-1] == 429:
        statuses.append(who(world).status_code)
    assert statuses[-1] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"add": [{"kind": "status", "status": "x"}]},
        {"add": [{"kind": "status", "skip": None}]},
        {"add": [{"kind": "revoke", "user": 1}]},
        {"add": ["status"]},
        {"rate_limit": 5},
        {"rate_limit": {"limit": -1}},
        {"rate_limit": {"limit": 1, "window": 0}},
        {"rate_limit": {"limit": "many"}},
        {"latency_request": 61, "add": [{"kind": "status"}]},
    ],
)
def test_a_wrong_fault_changes_nothing(world: World, body: Any) -> None:
    before = world.http.get("/sandbox/faults").json()
    assert world.http.post("/sandbox/faults", json=body).status_code == 400
    assert world.http.get("/sandbox/faults").json() == before
