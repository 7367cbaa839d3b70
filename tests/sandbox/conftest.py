from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.sandbox.support import World
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="session")
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=30) as client:
        yield client


@pytest.fixture
def world(sandbox: Sandbox, http: httpx.Client) -> Iterator[World]:
    yield World(sandbox, http)
    sandbox.state.switches = Switches()
    sandbox.state.faults.clear()


@pytest.fixture
def switch(sandbox: Sandbox) -> Callable[..., None]:
    """Set switches for one test; `world` sets them back."""

    def change(**changes: object) -> None:
        sandbox.state.switches = sandbox.state.switches.changed(**changes)

    return change
