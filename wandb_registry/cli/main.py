"""The command `wandb-registry`: which commands there are, and how an error ends.

Each command is a module of its own and is imported only when it is called, so that help comes at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from wandb_registry.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

# The module `wandb_registry.cli.<name>` (with _ for -) holds a function of that name, or a `typer.Typer`
# named `app` where the command has commands of its own. The text here is for `--help` of the whole.
COMMANDS = {
    "env": "Print the shell line that puts the Pulumi engine on PATH.",
    "scan": "Write desired state and inventory from a legacy Model Registry.",
    "doctor": "Find out what is assumed about the server, and what follows.",
    "access": "Show who may do what, before and after, person by collection.",
    "verify": "Compare a W&B Registry with its stack file and inventory.",
    "guard": "Refuse a plan that would hurt: destroy, --target, removals.",
    "up": "Preview, guard, and apply exactly what was guarded.",
    "audit": "Show and check the record of every write to the server.",
    "sandbox": "Run a local W&B server to try things on.",
}

TRACEBACK_VARIABLE = "WANDB_REGISTRY_TRACEBACK"
INTERRUPTED = 130


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wandb-registry {version('wandb-registry-as-code')}")
        raise typer.Exit


def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """W&B Registry as code: scan the legacy Model Registry, review, `pulumi up`, verify."""


def _not_loaded() -> None:
    raise AssertionError("a command that was not asked for was called")


def build_app(wanted: str | None) -> typer.Typer:
    """All commands; only the one that is wanted is imported, the others are there for help."""
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.callback()(_root)
    for name, summary in COMMANDS.items():
        if name != wanted:
            app.command(name, help=summary)(_not_loaded)
            continue
        module_name = name.replace("-", "_")
        module = import_module(f"wandb_registry.cli.{module_name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, short_help=summary)
        else:
            app.command(name, short_help=summary)(getattr(module, module_name))
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code and never raises."""
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    try:
        get_command(build_app(wanted)).main(args=list(arguments), prog_name="wandb-registry")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except UserError as error:
        _tell(str(error))
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (nobody above us can handle it; a traceback is no answer)
        # The message of a foreign exception may hold a secret, so it is not shown unasked.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _tell(
            f"internal error {type(error).__name__} "
            f"({os.path.basename(place.filename)}, line {place.lineno}). "
            f"Please report it; {TRACEBACK_VARIABLE}=1 shows the traceback"
        )
        return 1
    return 0


def _tell(line: str) -> None:
    print(f"error: {line}", file=sys.stderr)
    if os.environ.get(TRACEBACK_VARIABLE):
        traceback.print_exc()


def run() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
