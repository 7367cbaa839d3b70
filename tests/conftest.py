"""What the tests of every room share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from wandb_registry.engine.provide import provide_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wandb_registry.engine.installation import Engine

# Loaded machines are slow without being wrong; and what CI runs must be the same each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real Pulumi engine; built once per user where there is none."""
    return provide_engine()


@pytest.fixture(scope="session", autouse=True)
def _audit_trails_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test leaves a trail in the user's own directory."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WANDB_REGISTRY_AUDIT_DIR", str(tmp_path_factory.mktemp("audit")))
        yield
