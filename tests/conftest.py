"""What the tests of every room share; a room with another kind of server or world says so itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.project import Project
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_registry.engine.provide import provide_engine
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches

# Loaded machines are slow without being wrong; and what CI runs must be the same each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session", autouse=True)
def _audit_trails_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test leaves a trail in the user's own directory."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WANDB_REGISTRY_AUDIT_DIR", str(tmp_path_factory.mktemp("audit")))
        yield


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real Pulumi engine; built once per user where there is none."""
    return provide_engine()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One server for the tests of a module; each makes an organization of its own."""
    with Sandbox(tmp_path_factory.mktemp("sandbox") / "data") as running:
        yield running


@pytest.fixture
def world(sandbox: Sandbox) -> Iterator[World]:
    """A small organization; the server behaves as by default again afterwards."""
    made = World(sandbox.url)
    yield made
    made.close()
    sandbox.state.faults.clear()
    sandbox.state.switches = Switches()


@pytest.fixture
def project(engine: Engine, world: World, tmp_path: Path) -> Project:
    """A Pulumi project of its own."""
    return Project.create(engine, world, tmp_path)
