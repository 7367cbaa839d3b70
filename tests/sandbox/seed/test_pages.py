"""No page reads a whole table: what SQLite says of each query that a page makes."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from bench import sandbox_pages
from tests.sandbox.conformance.documents import python_documents
from tests.sandbox.seed.test_seed import ask
from wandb_sandbox.seed.plan import ORGANIZATION, ORGANIZATION_ENTITY

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from wandb_sandbox.seed.seed import Seeded
    from wandb_sandbox.server import Sandbox

TEAM = "seed-team-001"
OURS: dict[str, tuple[str, dict[str, Any]]] = {
    "collections of a legacy registry": (sandbox_pages.OF_PROJECT, {"e": TEAM, "p": "model-registry"}),
    "collections by name": (sandbox_pages.OF_PROJECT, {"e": TEAM, "p": "training", "order": "+name"}),
    "collections by time": (sandbox_pages.OF_PROJECT, {"e": TEAM, "p": "training", "order": "-created_at"}),
    "collections of all registries": (sandbox_pages.OF_REGISTRIES, {"e": ORGANIZATION_ENTITY}),
    "links of all registries": (sandbox_pages.LINKS, {"e": ORGANIZATION_ENTITY}),
    "links by time": (sandbox_pages.LINKS, {"e": ORGANIZATION_ENTITY, "order": "-created_at"}),
    "links by time of linking": (sandbox_pages.LINKS, {"e": ORGANIZATION_ENTITY, "order": "+linked_at"}),
    "links by alias": (sandbox_pages.LINKS, {"e": ORGANIZATION_ENTITY, "filters": '{"alias": "production"}'}),
    "links by tag": (sandbox_pages.LINKS, {"e": ORGANIZATION_ENTITY, "filters": '{"tag": "nlp"}'}),
    "collections with memberships": (sandbox_pages.NESTED, {"e": TEAM}),
    "runs": (sandbox_pages.RUNS, {"e": TEAM}),
}
_SPOT = {"entity": TEAM, "project": "model-registry"}
CLIENTS: dict[str, dict[str, Any]] = {
    "ProjectArtifactCollections": {**_SPOT, "perPage": 100},
    "ArtifactTypeArtifactCollections": {**_SPOT, "type": "model", "perPage": 100},
    "ProjectArtifacts": {
        **_SPOT,
        "type": "model",
        "collection": "churn-0000",
        "filters": '{"state": "COMMITTED"}',
    },
    "ProjectArtifactTypes": _SPOT,
    "RegistryCollections": {"organization": ORGANIZATION, "perPage": 100, "order": "+name"},
    "RegistryVersions": {
        "organization": ORGANIZATION,
        "perPage": 100,
        "registryFilter": '{"name": "wandb-registry-seed-team-001"}',
        "collectionFilter": '{"name": {"$regex": "^churn"}}',
    },
    "FetchRegistries": {"organization": ORGANIZATION, "perPage": 100},
    "GetProjects": {"entity": TEAM},
    "ArtifactMembershipByName": {**_SPOT, "name": "churn-0000:latest", "includeAliases": True},
}


def statements(seeded: Sandbox, client: httpx.Client, document: str, variables: dict[str, Any]) -> list[str]:
    """The SQL that the document makes the server run."""
    found: list[str] = []
    connection = seeded.state.db._connection
    connection.set_trace_callback(found.append)
    try:
        ask(client, document, **variables)
    finally:
        connection.set_trace_callback(None)
    return [sql for sql in found if sql.lstrip().upper().startswith("SELECT")]


def scans(folder: Path, queries: list[str]) -> list[str]:
    """The steps that go through a whole table."""
    database = sqlite3.connect(f"file:{folder / 'state.db'}?mode=ro", uri=True)
    database.create_function("regexp", 2, lambda pattern, value: bool(re.search(pattern, value)))
    try:
        steps = [(step[3], sql) for sql in queries for step in database.execute(f"EXPLAIN QUERY PLAN {sql}")]
    finally:
        database.close()
    assert steps
    return [f"{step}: {sql}" for step, sql in steps if step.startswith("SCAN") and "CONSTANT" not in step]


@pytest.mark.parametrize("name", OURS)
def test_our_pages(
    seeded: Sandbox, seeded_folder: tuple[Path, Seeded], owner: httpx.Client, name: str
) -> None:
    document, variables = OURS[name]
    wanted = {"first": 10, **variables}
    queries = statements(seeded, owner, document, wanted)
    assert scans(seeded_folder[0], queries) == []


@pytest.mark.parametrize("name", CLIENTS)
def test_pages_of_the_client(
    seeded: Sandbox, seeded_folder: tuple[Path, Seeded], owner: httpx.Client, name: str
) -> None:
    queries = statements(seeded, owner, python_documents()[name], CLIENTS[name])
    assert scans(seeded_folder[0], queries) == []


def test_a_scan_would_be_seen(seeded_folder: tuple[Path, Seeded]) -> None:
    assert scans(seeded_folder[0], ["SELECT * FROM memberships"]) != []


def test_the_rest_of_a_page_is_where_it_ended(owner: httpx.Client) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        variables = {"e": ORGANIZATION_ENTITY, "first": 20, "order": "-created_at", "after": cursor}
        page = ask(owner, sandbox_pages.LINKS, **variables)["entity"]["artifactMemberships"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    whole = ask(owner, sandbox_pages.LINKS, e=ORGANIZATION_ENTITY, first=1000)["entity"][
        "artifactMemberships"
    ]
    assert sorted(seen) == sorted(edge["node"]["id"] for edge in whole["edges"])
    assert len(set(seen)) == len(seen) > 40
