"""A local server for each test that asks for one, and one with the demo organization for readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.migration.world import World, fill_demo
from wandb_sandbox.server import Sandbox


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An organization without teams."""
    with Sandbox(tmp_path / "server") as sandbox:
        made = World(sandbox)
        yield made
        made.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo organization; tests only read it."""
    with Sandbox(tmp_path_factory.mktemp("server")) as sandbox:
        made = World(sandbox)
        fill_demo(made)
        yield made
        made.close()
