"""`wandb-registry access`: who may do what, before and after, person by collection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from wandb_registry.access.matrix import Block, Matrix
    from wandb_registry.access.probes import Probe, ProbesFile
    from wandb_registry.state.inventory import Inventory
    from wandb_registry.state.models import StackState

_WIDTH = 160
_NAMES = 6


def access(
    stack: Annotated[Path, typer.Argument(metavar="STACKS/NAME.yaml", help="The stack file.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to this file.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Take the members from the server instead of the stack file.")
    ] = False,
    probe: Annotated[
        Path | None, typer.Option("--probe", help="probes.yaml: test people try what the live matrix says.")
    ] = None,
    gone: Annotated[
        bool,
        typer.Option("--gone", help="Print the patch that takes out who has left the organization; alone."),
    ] = False,
) -> None:
    """Compare who could do what in the legacy registry with who may in the registry.

    From the files alone, without a request, unless --live, --probe or --gone is given.

    Exit code 0: no difference that nobody decided. 1: there are such, or a probe contradicts the matrix.
    3: something could not be read or tried, so nothing is proved. With --gone: 0 nothing to change, 1 a patch
    was printed, 3 the people of the organization cannot be read completely.
    """
    if gone:
        if json_output or markdown or html is not None or live or probe is not None:
            raise typer.BadParameter("--gone prints a patch and nothing else: give no other option with it")
        raise typer.Exit(_print_gone(stack))
    from wandb_registry.access.matrix import declared_matrix
    from wandb_registry.access.render import as_html, as_json, as_markdown

    state, inventory = _load(stack)
    wanted = None if probe is None else _load_probes(probe, state)
    from_server = live or wanted is not None
    matrix = _live_matrix(state, inventory) if from_server else declared_matrix(state, inventory)
    probes = None if wanted is None else _probed(wanted, state, inventory, matrix)
    if html is not None:
        _write(html, as_html(str(stack), matrix))
    if json_output:
        typer.echo(
            as_json(str(stack), matrix) if probes is None else _probed_json(str(stack), matrix, probes)
        )
    elif markdown:
        typer.echo(as_markdown(str(stack), matrix))
    else:
        _print(stack, matrix, probes)
    raise typer.Exit(_exit_code(matrix, probes or []))


def _print_gone(path: Path) -> int:
    """Standard output gets the patch and nothing else, in the bytes that git compares."""
    from wandb_registry.migration.gone import propose, read_people
    from wandb_registry.server.credentials import resolve_connection
    from wandb_registry.server.port import GraphQL
    from wandb_registry.server.scim import Scim
    from wandb_registry.server.viewer import get_viewer
    from wandb_registry.state.inventory import require_inventory
    from wandb_registry.state.load import load_stack

    state = load_stack(path)
    inventory = require_inventory(path, state)
    if inventory is not None:
        _require_same_server(inventory)
    connection = resolve_connection()
    port = GraphQL(connection)
    try:
        organization, people = read_people(
            port, state, inventory, lambda: Scim(connection, get_viewer(port).username)
        )
    finally:
        port.close()
    text = path.read_bytes().decode()
    proposal = propose(_in_repository(path), text, state, inventory, organization, people)
    for line in proposal.lines:
        typer.echo(line, err=True)
    if not proposal.patch:
        typer.echo(f"{path}: nothing to change, by {len(people)} people of {organization}", err=True)
        return 0
    typer.echo(proposal.patch.encode(), nl=False)
    typer.echo(f"To apply it: wandb-registry access {path} --gone | git apply", err=True)
    return 1


def _in_repository(path: Path) -> str:
    """The path as given; an absolute one from here, because git takes no absolute ones."""
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def _load(path: Path) -> tuple[StackState, Inventory]:
    from wandb_registry.state.inventory import inventory_path, require_inventory
    from wandb_registry.state.load import load_stack
    from wandb_registry.state.problems import InvalidFile, Problem

    stack = load_stack(path)
    inventory = require_inventory(path, stack)
    if inventory is None or inventory.access is None:
        message = "holds no record of access: scan again" if inventory else "is missing: there is no before"
        raise InvalidFile([Problem(str(inventory_path(path)), 0, "", message)])
    return stack, inventory


def _live_matrix(stack: StackState, inventory: Inventory) -> Matrix:
    from wandb_registry.verify.compare_access import live_matrix
    from wandb_registry.verify.live import Witness
    from wandb_registry.verify.progress import shown_progress

    _require_same_server(inventory)
    with shown_progress() as progress:
        target = Witness.summon(stack.organization, inventory.organization).read(stack.registries, progress)
    return live_matrix(stack, inventory, target)


def _load_probes(path: Path, stack: StackState) -> ProbesFile:
    from wandb_registry.access.probes import load_probes

    return load_probes(path, stack)


def _probed(probes: ProbesFile, stack: StackState, inventory: Inventory, matrix: Matrix) -> list[Probe]:
    from rich.console import Console

    from wandb_registry.access.probes import run_probes

    console = Console(stderr=True)
    with console.status(f"{len(probes.people)} people try ..."):
        return list(run_probes(probes, stack, inventory, matrix, inventory.server))


def _require_same_server(inventory: Inventory) -> None:
    """Keys go to the server that the user's own settings name, never to one that only a file names."""
    from wandb.sdk import wandb_setup

    from wandb_registry.errors import UserError

    configured = str(wandb_setup.singleton().settings.base_url).rstrip("/")
    if configured.casefold() != inventory.server.rstrip("/").casefold():
        raise UserError(
            f"the inventory is of {inventory.server}, and the settings name {configured}",
            advice="Set WANDB_BASE_URL to the server that was scanned",
        )


def _probed_json(stack: str, matrix: Matrix, probes: list[Probe]) -> str:
    import json
    from dataclasses import asdict

    from wandb_registry.access.render import as_dict

    document = as_dict(stack, matrix)
    document["probes"] = [{**asdict(probe), "agrees": probe.agrees} for probe in probes]
    return json.dumps(document, indent=1, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    from wandb_registry.errors import UserError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None


def _exit_code(matrix: Matrix, probes: list[Probe]) -> int:
    found = [probe.agrees for probe in probes]
    if False in found or any(change.is_open for _, _, change in matrix.changes()):
        return 1
    unknown = any(probe.found is None and not probe.nothing for probe in probes)
    return 3 if matrix.unprovable or unknown else 0


def _print(stack: Path, matrix: Matrix, probes: list[Probe] | None) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    for block in matrix.blocks:
        _print_block(console, block)
    _print_differences(console, matrix)
    if probes is not None:
        _print_probes(console, probes)
    _print_summary(console, stack, matrix)


def _print_block(console: Console, block: Block) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from wandb_registry.access.render import mark
    from wandb_registry.access.rights import COLUMNS, NAMES

    title = Text(f"{block.registry}, {len(block.collections)} collections of team {block.team}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for heading in ("people", *(NAMES[right] for right in COLUMNS), "before", "after"):
        table.add_column(heading, overflow="fold")
    for row in block.rows:
        marks = [mark(row, right) for right in COLUMNS]
        cells = [Text(text, "bold red" if text in ("gains", "loses") else "") for text in marks]
        reasons = (row.before.reason or "no access", row.after.reason or "no access")
        table.add_row(Text(_people(row.people)), *cells, *map(Text, reasons))
    console.print(table)


def _people(people: tuple[str, ...]) -> str:
    more = f" and {len(people) - _NAMES} more" if len(people) > _NAMES else ""
    return ", ".join(people[:_NAMES]) + more


def _print_differences(console: Console, matrix: Matrix) -> None:
    from wandb_registry.access.render import classes

    for one in classes(matrix):
        decided = f"{one.open} not decided" if one.open else "decided: " + "; ".join(one.settled)
        line = f"{one.name}: {len(one.people)} people ({_people(one.people)}); {decided}"
        console.print(line, markup=False, style="bold red" if one.open else "", soft_wrap=True)
    for unknown in matrix.unprovable:
        line = f"not provable: {unknown.what} of {unknown.subject}: {unknown.reason}"
        console.print(line, markup=False, style="bold magenta", soft_wrap=True)


def _print_probes(console: Console, probes: list[Probe]) -> None:
    wrong = [probe for probe in probes if probe.agrees is False]
    nothing = sum(probe.nothing for probe in probes)
    unknown = [probe for probe in probes if probe.found is None and not probe.nothing]
    agreed = sum(probe.agrees is True for probe in probes)
    line = (
        f"probes: {agreed} agree, {len(wrong)} contradict, {len(unknown)} failed, "
        f"{nothing} had nothing to be tried on"
    )
    console.print(line, markup=False, style="bold red" if wrong else "")
    for probe in [*wrong, *unknown]:
        found = {True: "was allowed", False: "was refused", None: "was not tried"}[probe.found]
        text = (
            f"  {probe.person}, {probe.registry}/{probe.collection}, {probe.tried}: "
            f"the matrix says {'yes' if probe.expected else 'no'}, it {found}"
        )
        console.print(text + (f" ({probe.reason})" if probe.reason else ""), markup=False, soft_wrap=True)


def _print_summary(console: Console, stack: Path, matrix: Matrix) -> None:
    from wandb_registry.access.render import summary

    counts = summary(matrix)
    line = (
        f"{stack}: {counts['people']} people by {counts['collections']} collections in "
        f"{counts['registries']} registries; {counts['open']} differences that nobody decided, "
        f"{counts['unprovable']} things that could not be read."
    )
    console.print(line, markup=False, soft_wrap=True)
