"""A request log that can kill, and a project with a registry that was there before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.must_show.killing import KillingLog
from tests.must_show.scene import Scene
from tests.project import Project
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_sandbox.server import Sandbox


@pytest.fixture
def writes(sandbox: Sandbox) -> Iterator[KillingLog]:
    """The request log: it counts the writes, and kills after one of them."""
    log = KillingLog()
    before, sandbox.state.log = sandbox.state.log, log
    yield log
    sandbox.state.log = before


@pytest.fixture
def scene(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Scene]:
    world = World(sandbox.url)
    project = Project.create(engine, world, tmp_path)
    project.workspace.environment["WANDB_REGISTRY_BATCH"] = "2"  # type: ignore[index]  # it is a dict
    yield Scene.set_up(project)
    world.close()
