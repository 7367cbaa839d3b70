"""YAML as text: nodes composed by the C loader, every scalar kept as the text that stands there.

Composing instead of loading keeps the lines for error messages, and `1.10`, `on` and `2024-01-01`
as their authors wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from wandb_registry.state.problems import InvalidFile, Problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = {"", "~", "null", "Null", "NULL"}
# Anchors can multiply a small file into a huge one; the largest honest file is far below this.
_MOST_NODES = 5_000_000

Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A YAML document as plain dicts, lists, str and None, with the line of every place."""

    file: str
    data: Any
    lines: dict[Place, int] = field(repr=False)

    def problem(self, place: Place, message: str) -> Problem:
        """A problem at `place`; the nearest place above it that has a line gives the line."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, self.lines.get(known, 0), show_place(place), message)


def show_place(place: Place) -> str:
    """`registries.fraud.collections[0]`, as people write it."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def read_document(path: Path) -> Document:
    """Read and parse a YAML file; InvalidFile where it is missing, no text, no YAML, or has duplicates."""
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidFile([Problem(name, 0, "", "there is no such file")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile([Problem(name, 0, "", f"cannot be read: {error}")]) from None
    return parse_document(text, name)


def parse_document(text: str, file: str) -> Document:
    """Parse the text of a YAML file; see `read_document`."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise InvalidFile([Problem(file, line, "", f"is not YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise InvalidFile([Problem(file, 0, "", f"is not YAML: {error}")]) from None
    reader = _Reader(file)
    data = reader.read(node, ()) if node is not None else None
    if reader.problems:
        raise InvalidFile(reader.problems)
    return Document(file, data, reader.lines)


class _Reader:
    """Turns nodes into plain data; a node may be shared by an anchor, never contain itself."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()
        self._nodes = 0

    def read(self, node: Any, place: Place) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise InvalidFile([Problem(self.file, 0, "", "grows beyond all bounds through its anchors")])
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return None if _is_plain(node) and node.value in _NULLS else node.value
        if id(node) in self._open:
            self._complain(node, place, "contains itself through an anchor")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.read(item, (*place, i)) for i, item in enumerate(node.value)]
            return self._mapping(node, place)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key, place, "has a key that is no text")
                continue
            if key.value == "<<" and _is_plain(key):
                self._complain(key, place, "uses the merge key <<, which is not supported: write it out")
                continue
            here = (*place, key.value)
            if key.value in result:
                self._complain(key, here, f"stands twice, first in line {self.lines[here]}")
                continue
            self.lines[here] = key.start_mark.line + 1
            result[key.value] = self.read(value, here)
        return result

    def _complain(self, node: Any, place: Place, message: str) -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1, show_place(place), message))


def _is_plain(node: Any) -> bool:
    """Whether a scalar stands without quotes; the two loaders say so differently (None and "")."""
    return not node.style
