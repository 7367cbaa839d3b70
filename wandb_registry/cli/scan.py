"""`wandb-registry scan`: a legacy registry becomes a stack file that people review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from wandb_registry.migration.findings import Finding
    from wandb_registry.migration.mapping import Mapped
    from wandb_registry.migration.people import OpenScim
    from wandb_registry.migration.run import Request

_GLOSSARY = (
    "Words: a registered model of the legacy Model Registry is a collection of a registry; "
    "a version of it is a link to an artifact version."
)
_MOST_OF_ONE_CODE = 20
_WIDTH = 140
_STYLES = {"block": "bold red", "warning": "yellow", "info": "dim"}


def scan(
    organization: Annotated[str, typer.Option(help="Display name or entity name of the organization.")],
    team: Annotated[
        list[str], typer.Option(help="A team whose legacy registry is read; repeat for several.")
    ],
    out: Annotated[Path, typer.Option(help="The stack file to write, stacks/NAME.yaml.")],
    config: Annotated[Path | None, typer.Option(help="The mapping rules, migration.yaml.")] = None,
    people: Annotated[
        Path | None, typer.Option(help="people.csv: what no key can read about the organization's people.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print findings and counts as JSON on standard output.")
    ] = False,
) -> None:
    """Read legacy Model Registries and write reviewed desired state: a stack file and its inventory.

    Nothing is changed on the server. Findings are printed; one that blocks keeps the files from being
    written and makes the exit code 1.
    """
    from rich.console import Console

    from wandb_registry.migration.run import Request, check_request, save_scan
    from wandb_registry.server.credentials import resolve_connection
    from wandb_registry.server.port import GraphQL
    from wandb_registry.server.scim import Scim
    from wandb_registry.server.viewer import get_viewer

    request = Request(organization, tuple(team), out, config, people)
    check_request(request)
    connection = resolve_connection()
    port = GraphQL(connection)
    try:
        mapped = _with_progress(port, request, lambda: Scim(connection, get_viewer(port).username))
    finally:
        port.close()
    if as_json:
        typer.echo(json.dumps(_as_json(request, mapped), indent=2, ensure_ascii=False))
        save_scan(request, mapped)
        return
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console.width = _WIDTH
    _print_findings(console, mapped.findings)
    save_scan(request, mapped)
    _print_summary(console, request, mapped)


def _with_progress(port: Any, request: Request, open_scim: OpenScim) -> Mapped:
    from rich.console import Console

    from wandb_registry.migration.run import run_scan

    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"Scanning {len(request.teams)} legacy registries of {request.organization} ...")
        return run_scan(port, request, open_scim=open_scim)
    with console.status("Scanning ...") as status:
        return run_scan(
            port, request, lambda what: status.update(f"Scanning {what} ..."), open_scim=open_scim
        )


def _print_findings(console: Console, findings: tuple[Finding, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    if not findings:
        console.print("No findings.")
        return
    table = Table(title="Findings", title_justify="left", expand=True, pad_edge=False)
    table.add_column("severity", no_wrap=True)
    table.add_column("code", no_wrap=True)
    table.add_column("subject", overflow="fold", ratio=2)
    table.add_column("what, and what to do", overflow="fold", ratio=5)
    shown: dict[str, int] = {}
    for finding in findings:
        shown[finding.code] = shown.get(finding.code, 0) + 1
        if shown[finding.code] > _MOST_OF_ONE_CODE and finding.severity == "info":
            continue
        text = finding.message + (f". {finding.advice}" if finding.advice else "")
        style = _STYLES[finding.severity]
        table.add_row(Text(finding.severity, style), Text(finding.code), Text(finding.subject), Text(text))
    console.print(table)
    hidden = sum(
        max(sum(f.code == code and f.severity == "info" for f in findings) - _MOST_OF_ONE_CODE, 0)
        for code in shown
    )
    if hidden:
        console.print(f"{hidden} more of severity info: --json lists all.", markup=False)
    console.print(_GLOSSARY, markup=False)


def _print_summary(console: Console, request: Request, mapped: Mapped) -> None:
    from wandb_registry.state.inventory import inventory_path

    counts = _counts(mapped)
    stack = request.out.stem
    lines = (
        f"{counts['registries']} registries, {counts['collections']} collections, {counts['links']} links "
        f"({counts['excluded']} versions left out)",
        f"stack file: {request.out}",
        f"inventory:  {inventory_path(request.out)}",
        "Next: review the stack file, commit both, then",
        f"  pulumi stack select --create {stack} && pulumi preview --stack {stack}",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _counts(mapped: Mapped) -> dict[str, int]:
    collections = [c for registry in mapped.stack.registries.values() for c in registry.collections.values()]
    legacy = [link for team in mapped.inventory.legacy for model in team.collections for link in model.links]
    links = sum(len(collection.links) for collection in collections)
    return {
        "registries": len(mapped.stack.registries),
        "collections": len(collections),
        "links": links,
        "excluded": len(legacy) - links,
    }


def _as_json(request: Request, mapped: Mapped) -> dict[str, Any]:
    from dataclasses import asdict

    from wandb_registry.state.inventory import inventory_path

    return {
        "stack": str(request.out),
        "inventory": str(inventory_path(request.out)),
        "counts": _counts(mapped),
        "findings": [asdict(finding) for finding in mapped.findings],
    }
