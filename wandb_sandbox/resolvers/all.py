"""All resolvers, registered."""

from __future__ import annotations

from wandb_sandbox.resolvers import (
    aliases,
    artifact_writes,
    artifacts,
    automations,
    collections,
    files,
    legacy,
    links,
    organizations,
    projects,
    registries,
    run_console,
    runs,
    shapes,
    teams,
    viewer,
)
from wandb_sandbox.resolvers.context import table

SUBJECTS = (
    aliases,
    artifact_writes,
    artifacts,
    automations,
    collections,
    files,
    legacy,
    links,
    organizations,
    projects,
    registries,
    run_console,
    runs,
    shapes,
    teams,
    viewer,
)

__all__ = ["SUBJECTS", "table"]
