"""A report for people: findings and parity as tables, with what each difference means."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from wandb_registry.doctor.findings import EITHER, Finding
from wandb_registry.doctor.run import findings_of
from wandb_registry.state.doctor_report import DoctorReport, Verdict

_SHOWN: dict[Verdict, tuple[str, str]] = {
    "different": ("different", "bold red"),
    "unknown": ("unknown", "yellow"),
    "as_assumed": ("as assumed", "green"),
}
_RESULTS = {
    0: "Nothing differs that this project rests on.",
    1: "Something differs that this project rests on: see what follows above.",
    3: "Something that this project rests on could not be found out: see what to do above.",
}


def print_report(report: DoctorReport, console: Console, code: int) -> None:
    """Print the tables, and one line for the exit code."""
    findings = findings_of(report)
    console.print(_findings(findings))
    if report.parity:
        console.print(_parity(report))
    counts = Counter(finding.verdict for finding in findings)
    summary = ", ".join(f"{counts[verdict]} {words}" for verdict, (words, _) in _SHOWN.items())
    console.print(f"{report.server}, organization {report.organization.name}: {summary}.", markup=False)
    console.print(_RESULTS[code], markup=False)


def _findings(findings: tuple[Finding, ...]) -> Table:
    table = Table(
        title="What was assumed, and what was found", title_justify="left", expand=True, pad_edge=False
    )
    table.add_column("verdict", no_wrap=True)
    table.add_column("question", overflow="fold", ratio=4)
    table.add_column("assumed", overflow="fold", ratio=1)
    table.add_column("found", overflow="fold", ratio=3)
    table.add_column("what follows, or what to do", overflow="fold", ratio=4)
    order = list(_SHOWN)
    for finding in sorted(findings, key=lambda one: order.index(one.verdict)):  # what matters comes first
        words, style = _SHOWN[finding.verdict]
        if finding.verdict == "as_assumed" and finding.assumed == EITHER:
            words, style = "noted", "dim"
        follows = finding.consequence
        if finding.verdict == "unknown":
            follows = f"{finding.evidence}. {follows}".removesuffix(". ")
        table.add_row(
            Text(words, style),
            Text(f"{finding.question} ({finding.id})"),
            Text("" if finding.assumed == EITHER else finding.assumed),
            Text(finding.found),
            Text(follows),
        )
    return table


def _parity(report: DoctorReport) -> Table:
    table = Table(
        title="What the legacy registries use, and what this server has",
        title_justify="left",
        expand=True,
        pad_edge=False,
    )
    table.add_column("team", no_wrap=True)
    table.add_column("used there", overflow="fold", ratio=4)
    table.add_column("here", no_wrap=True)
    table.add_column("what to do", overflow="fold", ratio=4)
    for row in report.parity:
        here = "blocks" if row.blocks else row.available
        style = "bold red" if row.blocks else ("yellow" if row.available == "unknown" else "")
        table.add_row(Text(row.team), Text(row.used), Text(here, style), Text(row.advice))
    return table
