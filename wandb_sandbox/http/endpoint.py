"""What every endpoint beside GraphQL does: log its requests, refuse with the usual shape, meet the faults."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from wandb_sandbox.errors import ApiError
from wandb_sandbox.execution.run import refusal
from wandb_sandbox.http.graphql import cut
from wandb_sandbox.http.state import state_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    Endpoint = Callable[[Request], Awaitable[Response]]
    Shape = Callable[[ApiError], dict[str, Any]]

logger = logging.getLogger(__name__)


def _usual(error: ApiError) -> dict[str, Any]:
    return refusal(error).body


def endpoint(name: str, shape: Shape = _usual) -> Callable[[Endpoint], Endpoint]:
    """Decorate an endpoint; `shape` makes the body of a refusal."""

    def wrap(function: Endpoint) -> Endpoint:
        async def wrapped(request: Request) -> Response:
            state = state_of(request)
            started, status = time.perf_counter(), 0
            fault = state.faults.hit(request.url.path, "http", ())
            try:
                if fault is not None and fault.kind == "cut_before":
                    return cut(request)
                if fault is not None and fault.kind == "status":
                    status = fault.status
                    return JSONResponse(fault.body(), status, headers=fault.headers())
                response = await function(request)
                if fault is not None and fault.kind == "cut_after":
                    return cut(request)
                status = response.status_code
                return response
            except ApiError as error:
                status = error.status
                return JSONResponse(shape(error), status)
            except Exception as error:
                logger.exception("%s failed", name)
                status = 400  # the client would repeat a 5xx for minutes
                return JSONResponse(shape(ApiError(f"internal error ({type(error).__name__})")), status)
            finally:
                seconds = time.perf_counter() - started
                state.log.add(f"{request.method} {name}", "http", (), None, status, seconds)

        return wrapped

    return wrap
