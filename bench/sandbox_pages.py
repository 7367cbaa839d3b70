"""Pages of a large seeded server: how long each takes, and how much memory the server holds.

    python bench/sandbox_pages.py [--data DIR] [--links N] [--collections N] [--teams N]

Seeds a temporary folder unless DIR is given, and prints a table. Nothing fails by being slow.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from wandb_sandbox.seed.people import key_of
from wandb_sandbox.seed.plan import ADMIN, ORGANIZATION, ORGANIZATION_ENTITY, SeedPlan
from wandb_sandbox.seed.seed import seed

if TYPE_CHECKING:
    from collections.abc import Iterator

REPEATS = 15
LIMIT_MS, LIMIT_MB = 50, 400

_COLLECTION = """id __typename name description createdAt updatedAt defaultArtifactType { name }
  project { id name entity { name } } tags { edges { node { id name } } }"""
_MEMBER = """id versionIndex createdAt aliases { alias }
  artifact { id digest state versionIndex description artifactType { name }
    artifactSequence { name project { name entity { name } } } }"""
_PAGE = "pageInfo { endCursor hasNextPage }"
OF_PROJECT = f"""query(
    $e: String!, $p: String!, $first: Int, $order: String, $filters: JSONString) {{
  project(name: $p, entityName: $e) {{
    artifactCollections(first: $first, order: $order, filters: $filters) {{
      totalCount {_PAGE} edges {{ node {{ {_COLLECTION} }} }} }} }} }}"""
OF_REGISTRIES = f"""query($e: String!, $first: Int, $order: String, $filters: JSONString, $after: String) {{
  entity(name: $e) {{ artifactCollections(first: $first, order: $order, filters: $filters, after: $after,
    collectionTypes: [PORTFOLIO]) {{ totalCount {_PAGE} edges {{ node {{ {_COLLECTION} }} }} }} }} }}"""
OF_COLLECTION = f"""query($id: ID!, $first: Int) {{ artifactCollection(id: $id) {{
  artifactMemberships(first: $first) {{ {_PAGE} edges {{ node {{ {_MEMBER} }} }} }} }} }}"""
LINKS = f"""query($e: String!, $first: Int, $order: String, $filters: JSONString, $after: String) {{
  entity(name: $e) {{ artifactMemberships(first: $first, order: $order, filters: $filters, after: $after) {{
    {_PAGE} edges {{ node {{ {_MEMBER} }} }} }} }} }}"""
NESTED = f"""query($e: String!, $first: Int) {{ project(name: "model-registry", entityName: $e) {{
  artifactCollections(first: $first) {{ edges {{ node {{ name
    artifactMemberships(first: 25) {{ edges {{ node {{ {_MEMBER} }} }} }} }} }} }} }} }}"""
RUNS = f"""query($e: String!, $first: Int) {{ project(name: "training", entityName: $e) {{
  runs(first: $first) {{ {_PAGE} edges {{ node {{ id name state config summaryMetrics }} }} }} }} }}"""
LARGEST = """query($e: String!, $p: String!) { project(name: $p, entityName: $e) {
  artifactCollections(first: 1000) { edges { node {
    id artifactMemberships(first: 0) { totalCount } } } } } }"""


@dataclass(frozen=True)
class Server:
    """A running server and a way to ask it."""

    client: httpx.Client
    pid: int


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, int]]:
    """The address and process id of a server of its own on the folder."""
    code = (
        "import sys; from wandb_sandbox.server import serve; "
        "serve(sys.argv[1], ready=lambda url: print(url, flush=True))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait()


def memory_mb(pid: int) -> float:
    """The most that the process ever held; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_ms(pid: int) -> float:
    """Processor time of the process so far, which other work on the machine does not change."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return 0.0
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(http: Server, name: str, document: str, **variables: Any) -> dict[str, Any]:
    """Ask again and again; print the figures; the last answer."""
    times: list[float] = []
    used = cpu_ms(http.pid)
    data: dict[str, Any] = {}
    for _ in range(REPEATS):
        started = time.perf_counter()
        answer = http.client.post("/graphql", json={"query": document, "variables": variables})
        times.append((time.perf_counter() - started) * 1000)
        body = answer.json()
        assert "errors" not in body, body
        data = body["data"]
    median, worst = statistics.median(times), max(times)
    used = (cpu_ms(http.pid) - used) / REPEATS
    mark = "" if median < LIMIT_MS else f"  over {LIMIT_MS} ms"
    size = len(answer.content) / 1024
    print(f"{name:<48}{median:8.1f} ms{worst:8.1f} ms{used:8.1f} ms{size:8.0f} KiB{mark}")
    return data


def largest_collection(http: Server, entity: str, project: str) -> str:
    """Id of the collection with most links."""
    variables = {"e": entity, "p": project}
    answer = http.client.post("/graphql", json={"query": LARGEST, "variables": variables}).json()["data"]
    nodes = [edge["node"] for edge in answer["project"]["artifactCollections"]["edges"]]
    return str(max(nodes, key=lambda one: one["artifactMemberships"]["totalCount"])["id"])


def pages(http: Server) -> None:
    """Measure every kind of page."""
    team, entity = "seed-team-000", ORGANIZATION_ENTITY
    legacy = {"e": team, "p": "model-registry"}
    measure(http, "100 collections of a legacy registry", OF_PROJECT, **legacy, first=100)
    measure(
        http,
        "100 collections of a project, by name",
        OF_PROJECT,
        e=team,
        p="training",
        first=100,
        order="+name",
    )
    measure(
        http,
        "100 collections of a project, by time",
        OF_PROJECT,
        e=team,
        p="training",
        first=100,
        order="-created_at",
    )
    search = measure(http, "100 collections of all registries", OF_REGISTRIES, e=entity, first=100)
    cursor = search["entity"]["artifactCollections"]["pageInfo"]["endCursor"]
    measure(http, "the next 100", OF_REGISTRIES, e=entity, first=100, after=cursor)
    measure(
        http, "100 collections of all registries, by name", OF_REGISTRIES, e=entity, first=100, order="+name"
    )
    tagged = '{"tag": "nlp"}'
    measure(
        http, "100 collections of all registries, by tag", OF_REGISTRIES, e=entity, first=100, filters=tagged
    )
    largest = largest_collection(http, team, "model-registry")
    measure(http, "1,000 memberships of the largest collection", OF_COLLECTION, id=largest, first=1000)
    links = measure(http, "1,000 memberships of all registries", LINKS, e=entity, first=1000)
    cursor = links["entity"]["artifactMemberships"]["pageInfo"]["endCursor"]
    measure(http, "the next 1,000", LINKS, e=entity, first=1000, after=cursor)
    measure(
        http, "1,000 memberships of all registries, by time", LINKS, e=entity, first=1000, order="-created_at"
    )
    aliased = '{"alias": "production"}'
    measure(
        http, "1,000 memberships of all registries, by alias", LINKS, e=entity, first=1000, filters=aliased
    )
    measure(http, "40 collections with 25 memberships each", NESTED, e=team, first=40)
    measure(http, "100 runs of a project", RUNS, e=team, first=100)


def main() -> None:
    """Seed if asked, serve, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path)
    for name, default in (("links", 100_000), ("collections", 2_000), ("teams", 50)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.data or Path(temporary) / "data"
        if given.data is None:
            started = time.perf_counter()
            print(seed(folder, SeedPlan(given.links, given.collections, given.teams)))
            print(f"seeded in {time.perf_counter() - started:.1f} s")
        with serving(folder) as (url, pid):
            title = f"page (organization {ORGANIZATION})"
            print(f"{title:<48}{'median':>11}{'worst':>11}{'processor':>11}{'size':>12}")
            with httpx.Client(base_url=url, auth=("api", key_of(ADMIN)), timeout=120) as client:
                pages(Server(client, pid))
            print(f"most memory held by the server: {memory_mb(pid):.0f} MB (limit {LIMIT_MB})")


if __name__ == "__main__":
    main()
