"""A port that leaves evidence: each mutation stands in the trail before it is sent, and its answer after.

This is the one place through which every write of a provider goes. Queries pass by; their answers are
kept for a moment, as the `before` of what is written next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wandb_registry.audit.describe import describe
from wandb_registry.audit.errors import AuditFailed
from wandb_registry.audit.mutations import Mutation, is_mutation, mutations_of
from wandb_registry.audit.seen import Seen
from wandb_registry.audit.trail import Trail
from wandb_registry.server.errors import ServerError, Unavailable
from wandb_registry.server.port import Answer, Port, Variables

_SECRET_WORDS = ("apikey", "api_key", "password", "secret", "token")
_HIDDEN = "***"

Recorded = list[tuple[Mutation, range]]


class AuditedPort:
    """The port behind it with a trail before it.

    `open_trail` is called once, at the first mutation; `resource` names what is being worked at in this
    thread (a URN), "" where nothing is known of it; `secrets` are struck out of whatever is recorded.
    """

    def __init__(
        self,
        port: Port,
        open_trail: Callable[[Port], Trail],
        *,
        secrets: Iterable[str] = (),
        resource: Callable[[], str] = lambda: "",
    ) -> None:
        self._port = port
        self._open_trail = open_trail
        self._secrets = tuple(secret for secret in secrets if secret)
        self._resource = resource
        self._trail: Trail | None = None
        self._opening = threading.Lock()
        self._threads = threading.local()

    @property
    def base_url(self) -> str:
        """See `Port.base_url`."""
        return self._port.base_url

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        """See `Port.execute`."""
        if not is_mutation(document):
            data = self._port.execute(document, variables)
            self._seen.remember(data)
            return data
        answer = self.execute_fields(document, variables)
        for error in answer.errors.values():
            raise error
        return answer.data

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        """See `Port.execute_fields`."""
        if not is_mutation(document):
            answer = self._port.execute_fields(document, variables)
            self._seen.remember(answer.data)
            return answer
        trail, recorded = self._record(mutations_of(document, variables))
        try:
            answer = self._port.execute_fields(document, variables)
        except BaseException as error:
            self._record_failure(trail, recorded, error)
            raise
        self._record_answer(trail, recorded, answer)
        return answer

    @property
    def _seen(self) -> Seen:
        """What this thread read for the resource that it works at."""
        resource = self._resource()
        if getattr(self._threads, "resource", None) != resource:
            self._threads.resource, self._threads.seen = resource, Seen()
        seen: Seen = self._threads.seen
        return seen

    def _record(self, mutations: list[Mutation]) -> tuple[Trail, Recorded]:
        """Put down what is about to be sent; AuditFailed where that cannot be, and then it is not sent."""
        with self._opening:
            if self._trail is None:
                self._trail = self._open_trail(self._port)
        trail, seen, resource = self._trail, self._seen, self._resource()
        records: list[dict[str, Any]] = []
        counts: list[int] = []
        for mutation in mutations:
            descriptions = describe(mutation.field, mutation.input, seen)
            counts.append(len(descriptions))
            records.extend(
                {
                    "event": "write",
                    "resource": resource,
                    "operation": mutation.field,
                    "object": self._clean(description.object),
                    "before": self._clean(description.before),
                    "after": self._clean(description.after),
                }
                for description in descriptions
            )
        numbers = trail.append(records, durable=True)
        recorded: Recorded = []
        for mutation, count in zip(mutations, counts, strict=True):
            recorded.append((mutation, numbers[:count]))
            numbers = numbers[count:]
        return trail, recorded

    def _record_answer(self, trail: Trail, recorded: Recorded, answer: Answer) -> None:
        whole = next(iter(answer.errors.values()), None)
        outcomes = []
        for mutation, numbers in recorded:
            result = answer.data.get(mutation.key)
            error = answer.errors.get(mutation.key) or (None if isinstance(result, dict) else whole)
            outcome = _refused(error) if error else {"outcome": "done", "answer": _scalars(result)}
            outcomes += [{"event": "answer", "of": number, **outcome} for number in numbers]
        self._close(trail, outcomes)

    def _record_failure(self, trail: Trail, recorded: Recorded, error: BaseException) -> None:
        outcome = _refused(error)
        numbers = [number for _, some in recorded for number in some]
        self._close(trail, [{"event": "answer", "of": number, **outcome} for number in numbers])

    def _close(self, trail: Trail, outcomes: list[dict[str, Any]]) -> None:
        try:
            trail.append([self._clean(outcome) for outcome in outcomes], durable=False)
        except AuditFailed:
            # It was sent, and the caller must learn what came of it; the trail is broken from now on, so
            # the next mutation is not sent.
            return

    def _clean(self, value: Any) -> Any:
        """The value without secrets: known ones struck out, and whatever stands under a telling name."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, _HIDDEN)
            return value
        if isinstance(value, Mapping):
            return {
                str(key): _HIDDEN if str(key).lower() in _SECRET_WORDS else self._clean(item)
                for key, item in value.items()
            }
        return [self._clean(item) for item in value] if isinstance(value, list | tuple) else value


def _refused(error: BaseException) -> dict[str, Any]:
    """Refused where the server said so; unknown where the write may have taken effect."""
    refused = isinstance(error, ServerError) and not isinstance(error, Unavailable)
    message = str(error) if isinstance(error, ServerError) else ""
    outcome = "refused" if refused else "unknown"
    return {"outcome": outcome, "answer": {"error": type(error).__name__, "message": message}}


def _scalars(result: Any) -> dict[str, Any]:
    fields = result.items() if isinstance(result, dict) else ()
    return {key: value for key, value in fields if isinstance(value, str | int | bool)}
