"""The report of verify: a table for people, JSON for programs. Both are deterministic."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wandb_registry.verify.observation import DIFFERENT, UNPROVABLE, Observation, Verdict
from wandb_registry.verify.run import Verification

_STYLES = {
    Verdict.DIFFERENCE: "bold red",
    Verdict.UNREADABLE: "bold magenta",
    Verdict.CHANGED_SINCE: "yellow",
    Verdict.WARNING: "yellow",
    Verdict.MANUAL: "cyan",
    Verdict.EXCLUDED: "dim",
    Verdict.NOTE: "dim",
}
_MEANINGS = {
    Verdict.DIFFERENCE: "the target is not what the stack file or the inventory says",
    Verdict.UNREADABLE: "could not be read, so that nothing is claimed about it",
    Verdict.CHANGED_SINCE: "others changed it after it was applied (manage: once); no difference",
    Verdict.WARNING: "no difference, but worth a look",
    Verdict.MANUAL: "to be done by a person in the W&B app",
    Verdict.EXCLUDED: "in the legacy registry, and left out of the stack file",
    Verdict.NOTE: "expected, and said for the record",
}
_WORDS = {
    "collection": "a set of links; the old word is registered model",
    "link": "an artifact version seen through a collection, with a number (v0, v1, …) and aliases",
    "inventory": "what scan recorded of the legacy registry, in Git beside the stack file",
}
_MOST_ROWS = 200  # of one verdict; JSON has them all


def as_json(verification: Verification) -> str:
    """Everything, for programs."""
    document: dict[str, Any] = {
        "stack": verification.stack,
        "server": verification.server,
        "organization": asdict(verification.organization),
        "strict": verification.strict,
        "result": _result(verification.exit_code),
        "exit_code": verification.exit_code,
        "checked": asdict(verification.checked),
        "counts": _counts(verification.observations),
        "observations": [
            {**asdict(observation), "verdict": observation.verdict.value}
            for observation in verification.observations
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def print_report(verification: Verification, console: Console) -> None:
    """The table, the summary and the glossary."""
    if verification.observations:
        console.print(_table(verification.observations))
    console.print(Text(_summary(verification)), soft_wrap=True)
    if verification.observations:
        console.print()
        console.print(_glossary(verification.observations))


def _result(code: int) -> str:
    return {DIFFERENT: "different", UNPROVABLE: "unprovable"}.get(code, "equal")


def _counts(observations: Iterable[Observation]) -> dict[str, int]:
    counted = Counter(observation.verdict for observation in observations)
    return {verdict.value: counted[verdict] for verdict in Verdict}


def _table(observations: tuple[Observation, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("verdict", "what", "where", "expected", "found"):
        table.add_column(heading, overflow="fold")
    shown: Counter[Verdict] = Counter()
    counted = Counter(observation.verdict for observation in observations)
    for observation in observations:
        verdict = observation.verdict
        shown[verdict] += 1
        if shown[verdict] <= _MOST_ROWS:
            table.add_row(*_row(observation))
        elif shown[verdict] == counted[verdict]:
            more = f"and {counted[verdict] - _MOST_ROWS} more; --json lists them all"
            table.add_row(Text(_spoken(verdict), style=_STYLES[verdict]), "", Text(more))
    return table


def _row(observation: Observation) -> list[Text]:
    found = observation.found
    if observation.reason:
        found = f"{found} ({observation.reason})" if found else observation.reason
    return [
        Text(_spoken(observation.verdict), style=_STYLES[observation.verdict]),
        Text(observation.kind.replace("_", " ")),
        Text(_visible(observation.subject)),
        Text(_visible(observation.expected)),
        Text(_visible(found)),
    ]


def _summary(verification: Verification) -> str:
    done = verification.checked
    counts = ((getattr(done, what), what) for what in ("registries", "members", "collections", "links"))
    compared = ", ".join(f"{count} {what}" for count, what in counts)
    counted = _counts(verification.observations)
    said = ", ".join(f"{_spoken(v)} {counted[v.value]}" for v in Verdict if counted[v.value])
    verdict = {
        "different": "NOT EQUAL",
        "unprovable": "NOT PROVED: something could not be read",
        "equal": "no difference",
    }[_result(verification.exit_code)]
    where = f"{verification.organization.name} on {verification.server}"
    return _visible(
        f"{verification.stack}, {where}: {verdict}. Compared {compared}. Said: {said or 'nothing'}."
    )


def _glossary(observations: tuple[Observation, ...]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    verdicts = {observation.verdict for observation in observations}
    for verdict in Verdict:
        if verdict in verdicts:
            table.add_row(
                Text(_spoken(verdict), style=_STYLES[verdict]), Text(_MEANINGS[verdict], style="dim")
            )
    for word, meaning in _WORDS.items():
        table.add_row(Text(word), Text(meaning, style="dim"))
    return table


def _spoken(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ")


def _visible(text: str) -> str:
    """Text from a server, with everything that could steer a terminal made visible."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
