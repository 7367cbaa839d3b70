"""Observation: one thing that verify has to say, with the verdict that decides the exit code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What an observation means; the order is the order of the report."""

    DIFFERENCE = "difference"
    UNREADABLE = "unreadable"
    CHANGED_SINCE = "changed_since"
    WARNING = "warning"
    MANUAL = "manual"
    EXCLUDED = "excluded"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Observation:
    """What was expected and found of one subject.

    `kind` names the compared field (registry, visibility, member, link, digest, number, ...);
    `subject` is the place, such as `fraud-models/churn:v2`; `reason` says more where more is known.
    """

    verdict: Verdict
    kind: str
    subject: str
    expected: str = ""
    found: str = ""
    reason: str = ""


DIFFERENT = 1
UNPROVABLE = 3

_ORDER = list(Verdict)
_DIGITS = re.compile(r"(\d+)")


def ordered(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """By verdict, then by subject with v2 before v10, then by kind: the same content, the same order."""
    return tuple(sorted(observations, key=_sort_key))


def exit_code(observations: Iterable[Observation]) -> int:
    """0 where nothing differs, 1 where something does, 3 where something could not be read; 1 wins."""
    verdicts = {observation.verdict for observation in observations}
    if Verdict.DIFFERENCE in verdicts:
        return DIFFERENT
    return UNPROVABLE if Verdict.UNREADABLE in verdicts else 0


def _sort_key(observation: Observation) -> tuple[object, ...]:
    # Split at numbers: text and numbers alternate, so that tuples stay comparable.
    parts = _DIGITS.split(observation.subject)
    natural = tuple(int(part) if i % 2 else part for i, part in enumerate(parts))
    rest = (observation.subject, observation.kind, observation.expected, observation.found)
    return (_ORDER.index(observation.verdict), natural, *rest, observation.reason)
