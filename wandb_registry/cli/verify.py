"""`wandb-registry verify`: is the target what the stack file says, and what the legacy registry held?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    stack: Annotated[Path, typer.Argument(metavar="STACKS/NAME.yaml", help="The stack file to verify.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Right after `pulumi up`: what others changed since counts as a difference.",
        ),
    ] = False,
) -> None:
    """Compare the target with a stack file and its inventory, with the public wandb client.

    Exit code 0: no difference. 1: differences. 3: something could not be read, so nothing is proved.
    """
    # Imported here, so that `wandb-registry --help` does not wait for the wandb client.
    from rich.console import Console

    from wandb_registry.verify.progress import shown_progress
    from wandb_registry.verify.report import as_json, print_report
    from wandb_registry.verify.run import verify_stack

    with shown_progress() as progress:
        verification = verify_stack(stack, strict=strict, progress=progress)
    if json_output:
        typer.echo(as_json(verification))
    else:
        console = Console(highlight=False)
        # A pipe has no width of its own; a narrow one would fold every name.
        print_report(verification, console if console.is_terminal else Console(highlight=False, width=160))
    raise typer.Exit(verification.exit_code)
