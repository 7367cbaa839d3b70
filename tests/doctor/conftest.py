"""One server for the tests of a module; each leaves it with its default behaviour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doctor.bench import Bench
from tests.migration.world import World
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Sandbox(tmp_path_factory.mktemp("server")) as sandbox:
        world = World(sandbox)
        yield Bench(world)
        world.close()


@pytest.fixture
def bench(server: Bench) -> Iterator[Bench]:
    yield server
    server.world.sandbox.state.switches = Switches()
    server.world.sandbox.state.faults.clear()
