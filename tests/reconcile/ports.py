"""Ports that do something at each request: die there, or look around."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wandb_registry.server.port import Answer, GraphQL, Port, Variables


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@dataclass
class KilledPort:
    """A port that dies at its n-th request, before it is sent or after the server has done it."""

    port: GraphQL
    position: int
    after: bool
    requests: int = field(default=0)

    __hash__ = object.__hash__

    @property
    def base_url(self) -> str:
        return self.port.base_url

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        self._at_position(before=True)
        answer = self.port.execute(document, variables)
        self._at_position(before=False)
        return answer

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        self._at_position(before=True)
        answer = self.port.execute_fields(document, variables)
        self._at_position(before=False)
        return answer

    def _at_position(self, *, before: bool) -> None:
        if self.requests == self.position and before is not self.after:
            raise Killed
        self.requests += not before


@dataclass
class WatchedPort:
    """A port behind whose every request somebody looks around."""

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
            self.look()

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        try:
            return self.port.execute_fields(document, variables)
        finally:
            self.look()
