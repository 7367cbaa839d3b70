"""Is a trail what was written? Any change, deletion, insertion, reordering or truncation shows.

The hashes need no key, so whoever can write both files can forge a whole trail. What proves more is
the head, kept where they cannot write: in Git, in a ticket, in the log of the CI run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from wandb_registry.audit.chain import START, Entry, Head, canonical, digest
from wandb_registry.audit.errors import AuditUnreadable
from wandb_registry.audit.trail import SUFFIX, head_path

Severity = Literal["broken", "unproven"]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a trail: proved to be edited, or not proved to be whole."""

    severity: Severity
    message: str


@dataclass(frozen=True)
class Verified:
    """One trail: its entries as far as they can be read, its head, and what is wrong with it."""

    path: Path
    entries: tuple[Entry, ...]
    head: Head
    flaws: tuple[Flaw, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 intact, 1 edited, 3 not proved to be whole."""
        severities = {flaw.severity for flaw in self.flaws}
        return 1 if "broken" in severities else 3 if severities else 0


def trails_in(places: Iterable[Path]) -> list[Path]:
    """The trails that files and directories name, sorted; AuditUnreadable where there are none."""
    found: set[Path] = set()
    for place in places:
        if place.is_dir():
            found.update(place.glob(f"*{SUFFIX}"))
        elif place.is_file():
            found.add(place)
        else:
            raise AuditUnreadable(f"{place} is not there")
    if not found:
        raise AuditUnreadable("there is no audit trail there yet")
    return sorted(found)


def verify_trail(path: Path) -> Verified:
    """Check a trail against its own chain, its head file, and the trail that it names as the one before."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Verified(path, (), Head(), (Flaw("broken", f"cannot be read as text: {error}"),))
    entries: list[Entry] = []
    head = Head()
    *lines, rest = text.split("\n")  # not splitlines: other line breaks may stand inside a text
    for number, line in enumerate([*lines, rest] if rest else lines, 1):
        entry, flaw = (None, "is cut off") if number > len(lines) else _entry(line, head)
        if flaw is not None or entry is None:
            return Verified(path, tuple(entries), head, (Flaw("broken", f"line {number}: {flaw}"),))
        entries.append(entry)
        head = Head(head.entries + 1, str(entry["hash"]))
    flaws = [*_beginning(entries), *_end(path, head, entries), *_before(path, entries)]
    return Verified(path, tuple(entries), head, tuple(flaws))


def _entry(line: str, head: Head) -> tuple[Entry | None, str | None]:
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return None, "is no entry"
    if not isinstance(entry, dict) or canonical(entry) != line:
        return None, "is not written as this tool writes it"
    if entry.get("hash") != digest(entry):
        return None, "was changed: its hash is another one"
    if entry.get("seq") != head.entries or entry.get("previous") != head.hash:
        return None, "does not follow the line before it: lines were taken out, put in or moved"
    return entry, None


def _beginning(entries: list[Entry]) -> Iterator[Flaw]:
    if not entries:
        yield Flaw("broken", "is empty")
    elif entries[0].get("event") != "run":
        yield Flaw("broken", "does not begin with the entry of its run")


def _end(path: Path, head: Head, entries: list[Entry]) -> Iterator[Flaw]:
    beside = head_path(path)
    try:
        recorded = Head.parse(beside.read_text("utf-8"))
    except FileNotFoundError:
        yield Flaw("unproven", f"{beside.name} is missing, so lines cut off at the end would not show")
        return
    except (OSError, ValueError):
        yield Flaw("broken", f"{beside.name} cannot be read")
        return
    if recorded == head:
        return
    if recorded.entries > head.entries:
        missing = recorded.entries - head.entries
        yield Flaw("broken", f"{missing} entries at the end are missing: {beside.name} knows of them")
    elif recorded.entries == head.entries or _hash_at(entries, recorded.entries) != recorded.hash:
        yield Flaw("broken", f"{beside.name} holds the hash of another trail")
    else:
        more = head.entries - recorded.entries
        yield Flaw(
            "unproven",
            f"{more} entries stand behind the one that {beside.name} names: the run was killed between "
            "the two, or they were added",
        )


def _before(path: Path, entries: list[Entry]) -> Iterator[Flaw]:
    """The trail of the run before, which this one names, must still be there and hold the same hash."""
    named = entries[0].get("previous_run") if entries else None
    if not isinstance(named, dict) or not named.get("hash"):
        return
    before = path.with_name(Path(str(named.get("file"))).name)
    try:
        text = before.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        yield Flaw("unproven", f"{before.name}, the run before it, is not beside it any more")
        return
    if named["hash"] != START and f'"hash":"{named["hash"]}"' not in text:
        yield Flaw("broken", f"{before.name}, the run before it, no longer holds what this one saw of it")


def _hash_at(entries: list[Entry], count: int) -> str:
    return str(entries[count - 1]["hash"]) if count else START
