"""A server in a function: answers from a list, and what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.port import GraphQL

KEY = "k" * 40
ADDRESS = "http://wandb.test"


class Answers:
    """Gives the answers in order, the last one again and again; `waits` are the seconds slept."""

    def __init__(self, *answers: httpx.Response | Exception | dict[str, Any]) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    def port(self, before_request: Callable[[], None] = lambda: None) -> GraphQL:
        """A port that talks to these answers."""
        return GraphQL(
            api_key_connection(ADDRESS, KEY),
            before_request=before_request,
            sleep=self.waits.append,
            transport=httpx.MockTransport(self._answer),
        )

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was asked, parsed."""
        return [json.loads(request.content) for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict):
            return httpx.Response(200, json={"data": answer})
        return answer


def by_operation(answers: dict[str, Callable[[dict[str, Any]], Any]]) -> httpx.MockTransport:
    """A server that answers each operation by its name, from its variables."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        operation = body["query"].split("(")[0].split("{")[0].split()[1]
        return httpx.Response(200, json={"data": answers[operation](body["variables"])})

    return httpx.MockTransport(answer)


def port_of(transport: httpx.BaseTransport) -> GraphQL:
    """A port over a transport, without waiting."""
    return GraphQL(api_key_connection(ADDRESS, KEY), sleep=lambda _: None, transport=transport)


def connection(*nodes: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    """A Relay page; `after` is the cursor of a further one."""
    return {
        "edges": [{"node": node} for node in nodes],
        "pageInfo": {"endCursor": after, "hasNextPage": after is not None},
    }
