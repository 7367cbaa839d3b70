"""`wandb-registry doctor`: what is only assumed about the server, found out on the user's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wandb_registry.errors import UserError

if TYPE_CHECKING:
    from wandb_registry.doctor.run import Request
    from wandb_registry.state.doctor_report import DoctorReport

_WIDTH = 180


class SecondKeyMissing(UserError):
    """The environment variable that should hold the second key is not set."""


def doctor(
    organization: Annotated[
        str | None,
        typer.Option(help="Display name or entity name; left out where the key belongs to one organization."),
    ] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team to migrate; repeat for several.")] = None,
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="Try what is assumed in a throwaway restricted registry, and remove it."
        ),
    ] = False,
    source: Annotated[
        list[str] | None,
        typer.Option(help="entity/project/name:vN to link there (up to 3); else doctor logs tiny versions."),
    ] = None,
    principal: Annotated[
        str | None, typer.Option(help="A user or team that is a member there for a moment.")
    ] = None,
    try_visibility: Annotated[
        bool, typer.Option("--try-visibility", help="Also open and close empty throwaway registries.")
    ] = False,
    second_key: Annotated[
        str | None,
        typer.Option(
            metavar="VARIABLE",
            help="Environment variable with the API key of an ordinary person in no team of yours.",
        ),
    ] = None,
    viewer_seat: Annotated[
        bool, typer.Option("--viewer-seat", help="The person behind --second-key has a viewer's seat.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Where the answers are kept.")] = Path("stacks/doctor.json"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    support_request: Annotated[
        bool, typer.Option("--support-request", help="Print a letter to W&B support instead of tables.")
    ] = False,
) -> None:
    """Find out what this project only assumes about the server: assumed, found, what follows.

    Reads only; --write tries the rest in a throwaway registry. The answers decide what scan, guards,
    numbering and batching may do. Exit code 0: nothing differs. 1: something differs that matters.
    3: something that matters could not be found out.
    """
    from wandb_registry.doctor.findings import exit_code
    from wandb_registry.doctor.run import Request, findings_of, write_report
    from wandb_registry.doctor.support import support_request as letter
    from wandb_registry.state.doctor_report import dump_report

    request = Request(
        organization=organization,
        teams=tuple(team or ()),
        write=write,
        try_visibility=try_visibility,
        sources=tuple(source or ()),
        principal=principal,
        viewer_seat=viewer_seat,
    )
    report = _examine(request, second_key, out)
    write_report(report, out)
    code = exit_code(findings_of(report))
    if support_request:
        typer.echo(letter(report))
    elif as_json:
        typer.echo(dump_report(report), nl=False)
    else:
        _print(report, code, out)
    raise typer.Exit(code)


def _examine(request: Request, second_key: str | None, out: Path) -> DoctorReport:
    from wandb_registry.doctor.run import examine
    from wandb_registry.server.credentials import resolve_connection, with_key
    from wandb_registry.server.port import GraphQL
    from wandb_registry.state.doctor_report import load_report

    earlier = load_report(out)
    second = _second_key(second_key)
    connection = resolve_connection()
    with ExitStack() as open_ports:
        port = GraphQL(connection)
        open_ports.callback(port.close)
        other = None
        if second is not None:
            other = GraphQL(with_key(connection, second))
            open_ports.callback(other.close)
        notify = open_ports.enter_context(_progress())
        return examine(port, connection, request, second=other, earlier=earlier, notify=notify)


def _second_key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable)
    if not key:
        # Not repeated here: somebody may have given the key itself.
        raise SecondKeyMissing(
            "--second-key names an environment variable that is not set",
            advice="Put the key into a variable, and give the variable's name",
        )
    return key


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Says on standard error what is being looked at."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda what: console.print(f"Looking at {what} ...", markup=False)
        return
    with console.status("Looking ...") as status:
        yield lambda what: status.update(f"Looking at {what} ...")


def _print(report: DoctorReport, code: int, out: Path) -> None:
    from rich.console import Console

    from wandb_registry.doctor.report import print_report

    console = Console(highlight=False)
    # A pipe has no width of its own; a narrow one would fold every name.
    console = console if console.is_terminal else Console(highlight=False, width=_WIDTH)
    print_report(report, console, code)
    console.print(f"Kept in {out}, where scan and up read it.", markup=False, soft_wrap=True)
