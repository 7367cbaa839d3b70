"""One small seeded organization for all tests here, which only read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from wandb_sandbox.seed.people import key_of
from wandb_sandbox.seed.plan import ADMIN, SeedPlan
from wandb_sandbox.seed.seed import Seeded, seed
from wandb_sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAN = SeedPlan(links=400, collections=40, teams=4)


@pytest.fixture(scope="session")
def seeded_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seeded]:
    folder = tmp_path_factory.mktemp("seeded")
    return folder, seed(folder, PLAN)


@pytest.fixture(scope="session")
def seeded(seeded_folder: tuple[Path, Seeded]) -> Iterator[Sandbox]:
    with Sandbox(seeded_folder[0]) as running:
        yield running


@pytest.fixture(scope="session")
def owner(seeded: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=seeded.url, auth=("api", key_of(ADMIN)), timeout=30) as client:
        yield client
