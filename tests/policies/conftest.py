from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.project import Project
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_sandbox.server import Sandbox


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sandbox(tmp_path / "data") as running:
        made = World(running.url)
        yield made
        made.close()


@pytest.fixture
def project(engine: Engine, world: World, tmp_path: Path) -> Project:
    return Project.create(engine, world, tmp_path)
