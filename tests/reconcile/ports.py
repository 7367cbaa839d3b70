"""Ports that do something at each request: die there, or look around."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wandb_registry.server.port import Answer, GraphQL, Port, Variables


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def is_write(document: str) -> bool:
    """Whether a document is a mutation."""
    return document.lstrip().startswith("mutation")


@dataclass
class KilledPort:
    """A port that dies at its n-th request, before it is sent or after the server has done it.

    `writes_only` counts mutations alone: between two of them nothing changes on the server.
    """

    port: GraphQL
    position: int
    after: bool
    writes_only: bool = False
    requests: int = field(default=0)

    __hash__ = object.__hash__

    @property
    def base_url(self) -> str:
        return self.port.base_url

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        self._at_position(document, before=True)
        answer = self.port.execute(document, variables)
        self._at_position(document, before=False)
        return answer

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        self._at_position(document, before=True)
        answer = self.port.execute_fields(document, variables)
        self._at_position(document, before=False)
        return answer

    def _at_position(self, document: str, *, before: bool) -> None:
        if self.writes_only and not is_write(document):
            return
        if self.requests == self.position and before is not self.after:
            raise Killed
        self.requests += not before


@dataclass
class WatchedPort:
    """A port behind whose every write somebody looks around; reads change nothing."""

    port: Port
    look: Callable[[], None]

    __hash__ = object.__hash__

    @property
    def base_url(self) -> str:
        return self.port.base_url

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        try:
            return self.port.execute(document, variables)
        finally:
            if is_write(document):
                self.look()

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        try:
            return self.port.execute_fields(document, variables)
        finally:
            if is_write(document):
                self.look()
