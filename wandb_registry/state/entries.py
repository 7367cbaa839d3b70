"""One link as one short line: what the Links resource takes as input, so that a preview reads like a review.

`0002 v1 fraud/train/churn-xgb:v3 [production]`, that is: the position in the file, the number that the
link must have (left out where any will do), the source as a label, and the aliases (left out where they
are not managed, `[]` where there must be none). `accepts v7` at the end is a reviewer's `accept_version`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_LINE = re.compile(
    r"(?P<order>\d+) (?:v(?P<version>\d+) )?(?P<source>\S.*?)"
    r"(?: \[(?P<aliases>(?:[^\[\]\"]|\"(?:[^\"\\]|\\.)*\")*)\])?(?: accepts v(?P<accept>\d+))?"
)
_ALIAS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|[^,\s][^,]*")
_NEEDS_QUOTES = re.compile(r"[\[\]\",\\]|^\s|\s$|^$")


@dataclass(frozen=True, slots=True)
class LinkEntry:
    """What the registry is to say about one artifact version."""

    order: int
    source: str
    version: int | None = None
    aliases: tuple[str, ...] | None = None
    accept_version: int | None = None

    @property
    def wanted_version(self) -> int | None:
        """The number that the link must have: the reviewer's, else the recorded one, None for any."""
        return self.version if self.accept_version is None else self.accept_version

    def means_the_same(self, other: LinkEntry) -> bool:
        """Whether both ask for the same; the label and the position are only shown."""
        mine, theirs = self.aliases, other.aliases
        return self.wanted_version == other.wanted_version and (
            mine == theirs if mine is None or theirs is None else set(mine) == set(theirs)
        )

    def __str__(self) -> str:
        parts = [f"{self.order:04d}"]
        if self.version is not None:
            parts.append(f"v{self.version}")
        parts.append(self.source)
        if self.aliases is not None:
            parts.append("[" + ", ".join(map(_quoted, sorted(self.aliases))) + "]")
        if self.accept_version is not None:
            parts.append(f"accepts v{self.accept_version}")
        return " ".join(parts)

    @classmethod
    def parse(cls, text: str) -> LinkEntry:
        """The entry behind a line; ValueError where it is none."""
        match = _LINE.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no link; write 'ORDER [vN] SOURCE [aliases]'")
        aliases = match["aliases"]
        return cls(
            order=int(match["order"]),
            source=match["source"],
            version=_number(match["version"]),
            aliases=None if aliases is None else tuple(map(_unquoted, _ALIAS.findall(aliases))),
            accept_version=_number(match["accept"]),
        )


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _quoted(alias: str) -> str:
    return json.dumps(alias, ensure_ascii=False) if _NEEDS_QUOTES.search(alias) else alias


def _unquoted(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text.strip()
