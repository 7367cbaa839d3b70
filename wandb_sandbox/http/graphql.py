"""POST /graphql: one JSON request, one answer, with the faults and the latency that are in force."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
import zlib
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from wandb_sandbox.errors import ApiError, InvalidError
from wandb_sandbox.execution.run import Answer, execute, refusal
from wandb_sandbox.faults.listings import shorten
from wandb_sandbox.http.state import State, state_of
from wandb_sandbox.store import people

if TYPE_CHECKING:
    from starlette.requests import Request

    from wandb_sandbox.execution.documents import Document, Operation
    from wandb_sandbox.store.rows import User

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 20_000_000


class CompactJSON(JSONResponse):
    """JSON without spaces."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str).encode()


async def graphql(request: Request) -> Response:
    """Answer one GraphQL request; every request is logged with its operation."""
    state = state_of(request)
    started = time.perf_counter()
    operation, kind, status = "invalid", "invalid", 0
    fields: tuple[str, ...] = ()
    user: str | None = None
    try:
        caller = state.user(request)
        user = caller.username
        document, chosen, variables = _parse(state, await _body(request))
        operation, kind, fields = chosen.name or "anonymous", chosen.kind, chosen.root_fields
        answer = await _run(state, request, caller, document, chosen, variables)
        status = 0 if answer is None else answer.status
        return cut(request) if answer is None else _response(answer)
    except ApiError as error:
        status = error.status
        return _response(refusal(error))
    except Exception as error:
        logger.exception("%s failed", operation)
        status = 400  # the client would repeat a 5xx for minutes
        return _response(refusal(ApiError(f"internal error ({type(error).__name__})")))
    finally:
        state.log.add(operation, kind, fields, user, status, time.perf_counter() - started)


async def _run(
    state: State,
    request: Request,
    user: User,
    document: Document,
    operation: Operation,
    variables: dict[str, Any],
) -> Answer | None:
    """The answer; None where a fault cuts the connection."""
    passes, limits = state.faults.rate_limit.take(user.username)
    if not passes:
        body = {"errors": [{"message": "rate limit exceeded"}], "headers": limits}
        return Answer(429, body)
    fault = state.faults.hit(
        operation.name or "anonymous", operation.kind, operation.root_fields, user.username
    )
    if fault is not None and fault.kind == "cut_before":
        return None
    delay = state.faults.delay(operation.kind, len(operation.root_fields))
    if delay:
        await asyncio.sleep(delay)
    if fault is not None and fault.kind == "status":
        return Answer(fault.status, {**fault.body(), "headers": {**limits, **fault.headers()}})
    if fault is not None and fault.kind == "revoke":
        with state.db.transaction():
            people.revoke_keys(state.db, user.id)
        state.user(request)  # refuses, as from now on
    answer = execute(state.documents, document, operation, variables, state.context(request, user))
    if fault is not None and fault.kind == "cut_after":
        return None
    if fault is not None:
        shorten(answer.body.get("data"), fault)
    if limits:
        answer.body["headers"] = limits
    return answer


def _response(answer: Answer) -> Response:
    headers = answer.body.pop("headers", None) if isinstance(answer.body, dict) else None
    return CompactJSON(answer.body, answer.status, headers=headers)


class CutResponse(Response):
    """Ends the connection without an answer."""

    def __init__(self, transport: asyncio.Transport | None) -> None:
        super().__init__(status_code=503)
        self._transport = transport

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._transport is None:
            await super().__call__(scope, receive, send)
        else:
            self._transport.abort()


def cut(request: Request) -> Response:
    """An answer that is none: the connection ends."""
    return CutResponse(request.scope.get("state", {}).get("transport"))


async def _body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise InvalidError(f"the request is longer than {MAX_BODY_BYTES} bytes")
        chunks.append(chunk)
    body = b"".join(chunks)
    if request.headers.get("content-encoding", "").lower() != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise InvalidError("the request is not valid gzip") from None


def _parse(state: State, body: bytes) -> tuple[Document, Operation, dict[str, Any]]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidError("the request is not valid JSON") from None
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        raise InvalidError('the request must be a JSON object with "query"')
    variables = {} if request.get("variables") is None else request["variables"]
    if not isinstance(variables, dict):
        raise InvalidError('"variables" must be a JSON object')
    name = request.get("operationName") or None  # raw documents of the client arrive with ""
    if name is not None and not isinstance(name, str):
        raise InvalidError('"operationName" must be a string')
    document = state.documents.get(request["query"])
    return document, document.operation(name), variables
