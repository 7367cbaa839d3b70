"""`wandb-registry audit`: what was written to the server, and whether the record of it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from wandb_registry.audit.verify import Verified

app = typer.Typer(no_args_is_help=True)

_WIDTH = 180

Places = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE|DIRECTORY]...",
        help="Trails, or directories of them; by default WANDB_REGISTRY_AUDIT_DIR or the user's own.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.callback()
def audit() -> None:
    """The trail of every write to the server: time, identity, commit, object, before, after, answer."""


@app.command()
def verify(places: Places = None, as_json: AsJson = False) -> None:
    """Check trails for any change, deletion, insertion, reordering or truncation.

    Exit code 0: whole. 1: edited. 3: not proved to be whole (a head file or an earlier trail is missing).
    """
    results = _read(places)
    if as_json:
        typer.echo(json.dumps([_as_json(result) for result in results], indent=2, ensure_ascii=False))
    else:
        for result in results:
            for flaw in result.flaws:
                typer.echo(f"{result.path}: {flaw.severity}: {flaw.message}")
            if not result.flaws:
                typer.echo(f"{result.path}: whole, {result.head.entries} entries, head {result.head.hash}")
    codes = {result.exit_code for result in results}
    raise typer.Exit(1 if 1 in codes else 3 if 3 in codes else 0)


@app.command()
def show(places: Places = None, as_json: AsJson = False) -> None:
    """List the writes of trails, with what came of each."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from wandb_registry.audit.show import brief, writes

    found = [write for result in _read(places) for write in writes(result.entries)]
    if as_json:
        typer.echo(json.dumps([asdict(write) for write in found], indent=2, ensure_ascii=False))
        return
    table = Table(pad_edge=False)
    for title in ("time", "who", "stack", "operation", "object", "before", "after", "outcome"):
        table.add_column(title, overflow="fold")
    for write in found:
        cells = (write.time, write.identity, write.stack, write.operation, write.object)
        changes = (brief(write.before), brief(write.after), write.outcome)
        table.add_row(*(Text(cell) for cell in (*cells, *changes)))
    console = Console(highlight=False)
    (console if console.is_terminal else Console(highlight=False, width=_WIDTH)).print(table)


def _read(places: list[Path] | None) -> list[Verified]:
    from wandb_registry.audit.trail import audit_directory
    from wandb_registry.audit.verify import trails_in, verify_trail

    return [verify_trail(path) for path in trails_in(places or [audit_directory()])]


def _as_json(result: Verified) -> dict[str, object]:
    return {
        "file": str(result.path),
        "entries": result.head.entries,
        "head": result.head.hash,
        "flaws": [asdict(flaw) for flaw in result.flaws],
    }
