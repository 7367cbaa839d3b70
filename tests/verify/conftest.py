"""One organization on one sandbox for all tests of verify; each test makes its own registries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.verify.world import KEYS, World
from wandb_sandbox.server import Sandbox


@pytest.fixture(scope="session")
def verify_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Sandbox(tmp_path_factory.mktemp("verify") / "data") as sandbox:
        world = World(sandbox)
        with world.http:
            world.build()
            yield world


@pytest.fixture
def world(verify_world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """The world, with alice's key and the sandbox's address where the client looks for them."""
    monkeypatch.setenv("WANDB_BASE_URL", verify_world.url)
    monkeypatch.setenv("WANDB_API_KEY", KEYS["alice"])
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_X_GRAPHQL_RETRY_MAX", "1")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("WANDB_ENTITY", "WANDB_ORGANIZATION", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    return verify_world
