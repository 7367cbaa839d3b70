"""Entries and their chain: each line carries the hash of itself, and that of the line before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Entry = dict[str, Any]

START = "0" * 64  # what the first entry has for a predecessor

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Head:
    """How long a chain is, and the hash of its last entry."""

    entries: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.entries} {self.hash}\n"

    @classmethod
    def parse(cls, text: str) -> Head:
        """The head behind the text of a head file; ValueError where it is none."""
        entries, last = text.split()
        return cls(int(entries), last)


def canonical(value: Mapping[str, Any]) -> str:
    """The one spelling of an entry: sorted keys, no spaces, one line."""
    return _ENCODER.encode(value)


def digest(entry: Mapping[str, Any]) -> str:
    """The hash of an entry over all of it but the hash itself."""
    rest = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(canonical(rest).encode()).hexdigest()


def chain(head: Head, records: Iterable[Mapping[str, Any]]) -> tuple[list[str], Head]:
    """The lines of further entries behind `head`, and the head behind them."""
    lines: list[str] = []
    for record in records:
        entry: Entry = {**record, "seq": head.entries, "previous": head.hash}
        entry["hash"] = digest(entry)
        lines.append(canonical(entry))
        head = Head(head.entries + 1, str(entry["hash"]))
    return lines, head
