"""Entries as people read them: a line a write, with what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wandb_registry.audit.chain import Entry


@dataclass(frozen=True, slots=True)
class Write:
    """One write with its answer; `outcome` is `unanswered` where the run ended before one was recorded."""

    time: str
    identity: str
    commit: str
    stack: str
    resource: str
    operation: str
    object: str
    before: Any
    after: Any
    outcome: str
    answer: Any


def writes(entries: Iterable[Entry]) -> list[Write]:
    """The writes of a trail in their order, each joined with its answer."""
    everything = list(entries)
    answers = {entry.get("of"): entry for entry in everything if entry.get("event") == "answer"}
    found = []
    for entry in everything:
        if entry.get("event") != "write":
            continue
        answer = answers.get(entry["seq"], {})
        found.append(
            Write(
                time=entry["time"],
                identity=entry["identity"],
                commit=entry["commit"],
                stack=entry["stack"],
                resource=entry["resource"],
                operation=entry["operation"],
                object=entry["object"],
                before=entry["before"],
                after=entry["after"],
                outcome=answer.get("outcome", "unanswered"),
                answer=answer.get("answer"),
            )
        )
    return found


def brief(value: Any) -> str:
    """A value of an entry in few characters."""
    if value is None:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_one(item)}" for key, item in value.items()) or "-"
    return _one(value)


def _one(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
