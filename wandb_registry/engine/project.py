"""The user's own Pulumi project in the current directory: their backend, their stack, their settings."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from wandb_registry.engine.installation import QUIET
from wandb_registry.engine.provide import provide_engine
from wandb_registry.engine.session import Workspace
from wandb_registry.errors import UserError


class NoProject(UserError):
    """There is no Pulumi project here."""


def open_project(directory: Path, echo: Callable[[str], None] | None = None) -> Workspace:
    """A workspace with the user's environment, the engine first on PATH; NoProject where there is none."""
    if not (directory / "Pulumi.yaml").is_file():
        raise NoProject(f"{directory} is no Pulumi project", advice="Run this where Pulumi.yaml stands")
    engine = provide_engine()
    environment = {**QUIET, **os.environ}
    environment["PATH"] = engine.search_path(environment.get("PATH", os.defpath))
    return Workspace(engine, directory, environment, echo)


def stack_flags(stack: str | None) -> tuple[str, ...]:
    """`--stack STACK`, or nothing for the one that is selected."""
    return ("--stack", stack) if stack else ()


def shown(*arguments: str) -> str:
    """A command as a person would type it."""
    return shlex.join(("pulumi", *arguments))


@contextmanager
def plan_file() -> Iterator[Path]:
    """A file for a saved plan that only this user can read, gone afterwards."""
    with TemporaryDirectory(prefix="wandb-registry-") as folder:
        yield Path(folder) / "plan.json"
