from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.project import Project
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(Path(tmp_path_factory.mktemp("sandbox")) / "data") as running:
        yield running


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[World]:
    made = World(sandbox.url)
    yield made
    made.close()
    sandbox.state.faults.clear()
    sandbox.state.switches = Switches()


@pytest.fixture
def project(engine: Engine, world: World, tmp_path: Path) -> Project:
    return Project.create(engine, world, tmp_path)


@pytest.fixture
def in_process(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The providers of this process act as `root` of the world, and remember nothing of other tests."""
    monkeypatch.setattr("providers.adapter._port", lambda: world.port)
    monkeypatch.setattr("providers.adapter._organizations", {})
    monkeypatch.setattr("providers.adapter._registries", {})
    return world
