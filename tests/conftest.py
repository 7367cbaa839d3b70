"""What the tests of every room share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wandb_registry.engine.provide import provide_engine

if TYPE_CHECKING:
    from wandb_registry.engine.installation import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real Pulumi engine; built once per user where there is none."""
    return provide_engine()
