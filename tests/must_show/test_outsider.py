"""An outsider's real client polls through every `up` and every kill: it never reads anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.engine.waiting import wait_for
from tests.must_show.killing import KillingLog, kill_engine
from tests.project import Project, environment
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_registry.engine.session import Running
from wandb_sandbox.server import Sandbox

pytestmark = pytest.mark.engine

REGISTRY, COLLECTION = "fresh-models", "churn"


@dataclass
class Poll:
    """What the outsider reported when it ended."""

    tries: int = 0
    reads: list[str] = field(default_factory=list)


@contextmanager
def outsider(engine: Engine, world: World, folder: Path, who: str) -> Iterator[Poll]:
    """The polling process, from before the block to after it."""
    organization = world.organization
    script = Path(__file__).with_name("outsider.py")
    process = subprocess.Popen(
        [sys.executable, script, organization.name, organization.entity, REGISTRY, COLLECTION],
        env=environment(engine, world, folder, who) | {"WANDB_SILENT": "true"},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    poll = Poll()
    try:
        assert process.stdout.readline() == "polling\n"
        yield poll
        process.stdin.close()
        report = json.loads(process.stdout.readlines()[-1])
        poll.tries, poll.reads = report["tries"], report["reads"]
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


def stack(world: World) -> dict[str, Any]:
    ids = world.artifacts("churn", 3)
    links = {
        world.source("churn", n): {"version": f"v{n}", "id": i, "aliases": [f"number-{n}"]}
        for n, i in enumerate(ids)
    }
    return {
        REGISTRY: {
            "visibility": "restricted",
            "artifact_types": ["model"],
            "members": {"exclusive": True, "users": {world.person("alice", team="fraud"): "admin"}},
            "delete": "destroy",
            "collections": {COLLECTION: {"type": "model", "description": "d", "tags": ["t"], "links": links}},
        }
    }


def test_nothing_is_open_for_a_moment(
    engine: Engine, sandbox: Sandbox, writes: KillingLog, tmp_path: Path
) -> None:
    world = World(sandbox.url)
    project = Project.create(engine, world, tmp_path)
    project.workspace.environment["WANDB_REGISTRY_BATCH"] = "2"  # type: ignore[index]  # it is a dict
    project.write(stack(world))
    world.person("olga")
    killed: list[str] = []
    with outsider(engine, world, tmp_path / "outsider", "olga") as poll:
        while True:
            running: list[Running] = []
            writes.arm(1, lambda: kill_engine(running[0]))  # noqa: B023 (called while this round lasts)
            running.append(project.workspace.start("up", "--yes", "--skip-preview"))
            done = running[0].wait()
            writes.disarm()
            if not writes.done:
                assert done.exit_code == 0, done.output
                break
            killed.append(writes.writes[0])
            project.workspace.cancel()
        project.workspace.destroy()
    assert len(killed) >= 8, killed
    assert poll.reads == []
    assert poll.tries > 4 * len(killed)
    world.close()


def test_the_outsider_would_read_an_open_registry(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> None:
    world = World(sandbox.url)
    world.person("olga")
    fields = {
        "entityName": world.organization.entity,
        "name": f"wandb-registry-{REGISTRY}",
        "access": "PRIVATE",
        "allowAllArtifactTypesInRegistry": True,
    }
    with outsider(engine, world, tmp_path / "outsider", "olga") as poll:
        document = "mutation($i: UpsertModelInput!) { upsertModel(input: $i) { inserted } }"
        world.port.execute(document, {"i": fields})
        before = sandbox.state.log.operations["FetchRegistry"]
        wait_for(lambda: sandbox.state.log.operations["FetchRegistry"] > before + 1, "another poll")
    assert any(read.startswith("loaded") for read in poll.reads)
    world.close()
