"""`wandb-registry env`: plain `pulumi` in the user's own shell."""

from __future__ import annotations

import os
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Shell(StrEnum):
    """Whose syntax the line has; `sh` is also that of bash and zsh."""

    SH = "sh"
    FISH = "fish"
    POWERSHELL = "powershell"


def own_shell(variable: str) -> Shell:
    """The syntax for the shell that $SHELL names, `sh` where it names none that differs."""
    name = Path(variable).name
    return {"fish": Shell.FISH, "pwsh": Shell.POWERSHELL}.get(name, Shell.SH)


def path_line(directory: Path, shell: Shell) -> str:
    """The line that puts `directory` first on PATH."""
    text = str(directory)
    if shell is Shell.POWERSHELL:
        quoted = "'" + text.replace("'", "''") + "'"
        return f"$env:PATH = {quoted} + [IO.Path]::PathSeparator + $env:PATH"
    if shell is Shell.FISH:
        quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return f"set -gx PATH {quoted} $PATH"
    return f'export PATH={shlex.quote(text)}:"$PATH"'


def env(
    shell: Annotated[Shell | None, typer.Option(help="Whose syntax; by default that of $SHELL.")] = None,
    install: Annotated[
        bool, typer.Option(help="Build the engine where there is none (minutes, once a machine).")
    ] = True,
) -> None:
    """Print the shell line that puts the Pulumi engine on PATH: eval "$(wandb-registry env)"

    Takes the `pulumi` on PATH where it is new enough and brings its Python language host; else the one in the
    user's cache, which is built from the Go module proxy if need be. Progress goes to stderr.
    """
    from wandb_registry.engine.provide import provide_engine

    engine = provide_engine(build=install)
    if engine.origin == "path":
        typer.echo(f"# {engine} is on PATH and will do")
        return
    typer.echo(path_line(engine.directory, shell or own_shell(os.environ.get("SHELL", ""))))
    if sys.stdout.isatty():
        typer.echo('# To use it in this shell: eval "$(wandb-registry env)"', err=True)
