"""Problems in files that people write: each with its file, line and path."""

from __future__ import annotations

from dataclasses import dataclass

from wandb_registry.errors import UserError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where: `line` counts from 1, 0 where no line can be told."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class InvalidFile(UserError):
    """A file that people write does not hold what it must; nothing was sent."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))
