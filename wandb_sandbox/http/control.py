"""/sandbox/...: faults, switches and the request log, for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from wandb_sandbox.errors import ApiError, InvalidError
from wandb_sandbox.execution.run import refusal
from wandb_sandbox.http.state import state_of
from wandb_sandbox.profiles import profile
from wandb_sandbox.store import automations

if TYPE_CHECKING:
    from starlette.requests import Request


async def _wanted(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except ValueError:
        raise InvalidError("the request is not valid JSON") from None
    if not isinstance(found, dict):
        raise InvalidError("the request must be a JSON object")
    return found


async def faults(request: Request) -> Response:
    """GET what is in force; POST changes; DELETE clears."""
    state = state_of(request)
    try:
        if request.method == "POST":
            state.faults.change(await _wanted(request))
        elif request.method == "DELETE":
            state.faults.clear()
    except ApiError as error:
        refused = refusal(error)
        return JSONResponse(refused.body, refused.status)
    return JSONResponse(state.faults.as_json())


async def switches(request: Request) -> Response:
    """GET the switches; POST changes the named ones, after all were set to a `profile` if one is named."""
    state = state_of(request)
    try:
        if request.method == "POST":
            wanted = await _wanted(request)
            base = profile(str(wanted.pop("profile"))) if "profile" in wanted else state.switches
            state.switches = base.changed(**wanted)
    except ApiError as error:
        refused = refusal(error)
        return JSONResponse(refused.body, refused.status)
    return JSONResponse(state.switches.as_json())


async def fired(request: Request) -> Response:
    """GET the automations that fired after `?since=N`; nothing is ever sent to anybody."""
    since = request.query_params.get("since", "0")
    found = automations.fired(state_of(request).db, int(since) if since.isdigit() else 0)
    return JSONResponse({"fired": found})


async def requests(request: Request) -> Response:
    """GET counts and the requests after `?since=N`; DELETE starts anew."""
    log = state_of(request).log
    if request.method == "DELETE":
        log.clear()
    since = request.query_params.get("since", "0")
    return JSONResponse(log.as_json(int(since) if since.isdigit() else 0))
