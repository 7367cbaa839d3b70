from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World
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
