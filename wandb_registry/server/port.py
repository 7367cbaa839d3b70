"""The GraphQL port: documents of our own over HTTP, with a pool, timeouts and retries.

Retrying a mutation is safe here because every mutation that we send may be repeated (facts/wandb.md, T9).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx
import tenacity

from wandb_registry.server.credentials import Connection
from wandb_registry.server.errors import (
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    ServerError,
    Unauthorized,
    Unavailable,
)

Variables = Mapping[str, Any]

_RETRIED = {408, 425, 429, 500, 502, 503, 504}
_ATTEMPTS = 6
_LONGEST_WAIT_SECONDS = 60.0
_CONNECT_SECONDS = 5.0
_AT_ONCE = 16
_BY_STATUS: dict[int, type[ServerError]] = {
    401: Unauthorized,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
}
_BY_CODE: dict[str, type[ServerError]] = {
    "PERMISSION_ERROR": PermissionDenied,
    "UNAUTHENTICATED": Unauthorized,
    "NOT_FOUND": NotFound,
    "CONFLICT": Conflict,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a document brought: data, and an error for each field that failed, by its response key."""

    data: dict[str, Any]
    errors: dict[str, ServerError]


class Port(Protocol):
    """What the domain needs of a server."""

    @property
    def base_url(self) -> str:
        """The address of the server."""

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        """The data of a document; any error of any field is raised."""

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        """Like `execute`, for documents of several fields of which some may fail."""


def http_client(connection: Connection, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client with the key, proxies, certificates and timeouts of a connection; the caller closes it."""
    return httpx.Client(
        base_url=connection.base_url,
        auth=connection.auth,
        verify=connection.verify,
        transport=transport,
        mounts={
            scheme: httpx.HTTPTransport(verify=connection.verify, proxy=proxy)
            for scheme, proxy in connection.proxies.items()
        },
        timeout=httpx.Timeout(_timeout_seconds(), connect=_CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE),
        headers={"User-Agent": "wandb-registry-as-code"},
    )


class GraphQL:
    """The port over HTTP. Safe for threads; `before_request` may raise to stop before the next request."""

    def __init__(
        self,
        connection: Connection,
        *,
        before_request: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = connection.base_url
        self._secrets = connection.secrets
        self._before_request = before_request
        self._client = http_client(connection, transport)
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Transient),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            sleep=sleep or tenacity.nap.sleep,
            reraise=True,
        )

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        """See `Port.execute`."""
        answer = self.execute_fields(document, variables)
        for error in answer.errors.values():
            raise error
        return answer.data

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        """See `Port.execute_fields`."""
        body = {"query": document, "variables": dict(variables)}
        try:
            response = self._retrying.copy()(self._post, body)
        except _Transient as error:
            raise Unavailable(
                f"{self.base_url} does not answer: {self._clean(error.reason)}",
                advice="Check WANDB_BASE_URL, the network and the proxy, and run again",
            ) from None
        return self._parse(response)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        self._before_request()
        try:
            response = self._client.post("/graphql", json=body)
        except httpx.UnsupportedProtocol:
            raise Unavailable(f"{self.base_url} is no address of a server; check WANDB_BASE_URL") from None
        except httpx.TransportError as error:
            raise _Transient(str(error) or type(error).__name__, None) from None
        if response.status_code in _RETRIED:
            raise _Transient(f"status {response.status_code}", _retry_after(response))
        return response

    def _parse(self, response: httpx.Response) -> Answer:
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise _error_class(response.status_code, {})(
                f"{self.base_url} answered with status {response.status_code} and no GraphQL",
                advice="Check WANDB_BASE_URL",
            )
        errors = [error for error in body.get("errors") or () if isinstance(error, dict)]
        # Where every field failed, the status is an error too, and each error still names its field.
        whole = next((error for error in errors if not error.get("path")), None)
        if response.is_error and (whole is not None or not errors):
            raise self._error(response.status_code, whole or {})
        failed: dict[str, ServerError] = {}
        for error in errors:
            path = error.get("path") or ["the document"]
            failed.setdefault(str(path[0]), self._error(response.status_code, error))
        data = body.get("data")
        return Answer(data if isinstance(data, dict) else {}, failed)

    def _error(self, status: int, error: Mapping[str, Any]) -> ServerError:
        kind = _error_class(status, error)
        message = self._clean(str(error.get("message") or f"status {status}"))
        if kind is Unauthorized:
            return Unauthorized(
                f"{self.base_url} does not accept the key: {message}",
                advice="Check WANDB_API_KEY, WANDB_IDENTITY_TOKEN_FILE or netrc",
            )
        return kind(f"{self.base_url} answers: {message}")

    def _clean(self, text: str) -> str:
        """One line, without keys."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())


class _Transient(Exception):
    """A failure that may pass."""

    def __init__(self, reason: str, retry_after: float | None) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(reason)


def _error_class(status: int, error: Mapping[str, Any]) -> type[ServerError]:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return _BY_CODE.get(str(code)) or _BY_STATUS.get(status) or Invalid


_backoff = tenacity.wait_exponential_jitter(multiplier=0.2, max=_LONGEST_WAIT_SECONDS, jitter=0.3)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _Transient) and error.retry_after is not None:
        return min(error.retry_after, _LONGEST_WAIT_SECONDS)
    return _backoff(state)


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait as the server asked, given as a number or as a date."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(value)
        now = parsedate_to_datetime(response.headers["Date"])
    except (ValueError, KeyError):
        return None
    return max((then - now).total_seconds(), 0.0)


def _timeout_seconds() -> float:
    """WANDB_HTTP_TIMEOUT, as the client reads it, else 30 seconds."""
    try:
        return float(os.environ.get("WANDB_HTTP_TIMEOUT", "30"))
    except ValueError:
        return 30.0


_ports: dict[tuple[str, tuple[str, ...]], GraphQL] = {}
_ports_lock = threading.Lock()


def shared_port(connection: Connection, before_request: Callable[[], None] = lambda: None) -> GraphQL:
    """The one port of this process for a server and key, so that its connections are shared."""
    with _ports_lock:
        key = (connection.base_url, connection.secrets)
        if key not in _ports:
            _ports[key] = GraphQL(connection, before_request=before_request)
        return _ports[key]
