"""The matrix as JSON, Markdown and HTML. Deterministic: the same files give the same bytes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from wandb_registry.access.differences import Change
from wandb_registry.access.matrix import Matrix, Row
from wandb_registry.access.rights import COLUMNS, NAMES, Grant, Right, words

SHOWN_NAMES = 30  # in Markdown; HTML and JSON have them all


@dataclass(frozen=True, slots=True)
class ClassOfDifference:
    """A kind of difference, how many people it concerns, and how many of them nobody decided on."""

    name: str
    people: tuple[str, ...]
    open: int
    settled: tuple[str, ...]


def classes(matrix: Matrix) -> tuple[ClassOfDifference, ...]:
    """The differences by class: named and counted."""
    people: dict[str, set[str]] = {}
    open_ones: dict[str, set[str]] = {}
    settled: dict[str, set[str]] = {}
    for block, person, change in matrix.changes():
        name = class_of(change)
        people.setdefault(name, set()).add(person)
        if change.is_open:
            open_ones.setdefault(name, set()).add(f"{block.registry}/{person}")
        elif change.settled:
            settled.setdefault(name, set()).add(change.settled)
    return tuple(
        ClassOfDifference(
            name,
            tuple(sorted(people[name])),
            len(open_ones.get(name, ())),
            tuple(sorted(settled.get(name, ()))),
        )
        for name in sorted(people)
    )


def class_of(change: Change) -> str:
    """The name of a difference, as migration.yaml accepts it."""
    return change.difference.value if change.difference is not None else "since_the_scan"


def summary(matrix: Matrix) -> dict[str, int]:
    """How much there is: registries, collections, people, rows, open differences, unprovable things."""
    people = {person for block in matrix.blocks for row in block.rows for person in row.people}
    open_ones = {(b.registry, person, c) for b, person, c in matrix.changes() if c.is_open}
    return {
        "registries": len({block.registry for block in matrix.blocks}),
        "collections": sum(len(block.collections) for block in matrix.blocks),
        "people": len(people),
        "rows": sum(len(block.rows) for block in matrix.blocks),
        "open": len(open_ones),
        "unprovable": len(matrix.unprovable),
    }


def as_json(stack: str, matrix: Matrix) -> str:
    """Everything, grouped: each collection and each person of a group is named once."""
    return json.dumps(as_dict(stack, matrix), indent=1, ensure_ascii=False)


def as_dict(stack: str, matrix: Matrix) -> dict[str, Any]:
    """The matrix as plain values."""
    return {
        "stack": stack,
        "summary": summary(matrix),
        "differences": [
            {
                "difference": one.name,
                "people": list(one.people),
                "open": one.open,
                "settled": list(one.settled),
            }
            for one in classes(matrix)
        ],
        "unprovable": [one.model_dump(mode="json") for one in matrix.unprovable],
        "blocks": [
            {
                "team": block.team,
                "registry": block.registry,
                "collections": dict(block.collections),
                "rows": [_row(row) for row in block.rows],
            }
            for block in matrix.blocks
        ],
    }


def as_markdown(stack: str, matrix: Matrix) -> str:
    """Tables that a pull request shows."""
    return _template("matrix.md.jinja", autoescape=False).render(_values(stack, matrix))


def as_html(stack: str, matrix: Matrix) -> str:
    """One page without scripts and without anything from elsewhere."""
    return _template("matrix.html.jinja", autoescape=True).render(_values(stack, matrix))


def mark(row: Row, right: Right) -> str:
    """A cell: what somebody may do before and after; `=` where nothing changes."""
    before, after = right in row.before.rights, right in row.after.rights
    if before == after:
        return "yes" if after else "–"
    return "gains" if after else "loses"


def explained(row: Row) -> Iterator[str]:
    """What changes for the people of a row, and what decided it."""
    for change in row.changes:
        what = "gains" if change.gained else "loses"
        decided = change.settled or ("since the scan" if change.since else "NOT DECIDED")
        yield f"{class_of(change)}: {what} {words(change.rights)} ({change.reason}); {decided}"


def _row(row: Row) -> dict[str, Any]:
    return {
        "people": list(row.people),
        "before": _grant(row.before),
        "after": _grant(row.after),
        "changes": [
            {
                "difference": class_of(change),
                "gained": change.gained,
                "rights": _names(change.rights),
                "reason": change.reason,
                "settled": change.settled,
                "open": change.is_open,
            }
            for change in row.changes
        ],
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {"rights": _names(grant.rights), "reason": grant.reason}


def _names(rights: Right) -> list[str]:
    return [NAMES[right] for right in COLUMNS if right in rights]


def _values(stack: str, matrix: Matrix) -> dict[str, Any]:
    return {
        "stack": stack,
        "matrix": matrix,
        "summary": summary(matrix),
        "classes": classes(matrix),
        "columns": [(right, NAMES[right]) for right in COLUMNS],
        "mark": mark,
        "explained": explained,
        "shown": SHOWN_NAMES,
        "verdicts": Counter("open" if c.is_open else "settled" for _, _, c in matrix.changes()),
    }


def _template(name: str, *, autoescape: bool) -> Template:
    environment = Environment(
        loader=PackageLoader("wandb_registry.access", "templates"),
        autoescape=autoescape,  # noqa: S701 (Markdown is escaped by its own filter, HTML always)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    return environment.get_template(name)


def _cell(text: object) -> str:
    """Text from a server inside a Markdown table: nothing in it can end the cell or start a tag."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in str(text))
    return " ".join(escaped.split())
