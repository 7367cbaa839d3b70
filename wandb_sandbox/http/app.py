"""The ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from wandb_sandbox.http import control, files, scim
from wandb_sandbox.http.graphql import graphql
from wandb_sandbox.http.migrate import migrate
from wandb_sandbox.http.setup import setup

if TYPE_CHECKING:
    from starlette.requests import Request

    from wandb_sandbox.http.state import State

_ARTIFACT = "/artifactsV2/{region}/{entity}/{project}/{collection}/{artifact}/{birth}/{digest}/{name:path}"


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _failed(_request: Request, error: Exception) -> Response:
    # 4xx, because the client repeats a 5xx for minutes; the log has the traceback.
    message = f"internal error ({type(error).__name__})"
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": "INTERNAL_ERROR"}}]}, 400)


def build_app(state: State, *, with_setup: bool) -> Starlette:
    """The application over a state; `with_setup` adds the calls that need no key."""
    signed = ["GET", "PUT"]
    routes = [
        Route("/graphql", graphql, methods=["POST"]),
        Route("/storage/wandb_artifacts/{entity}/{digest}", files.artifact_object, methods=signed),
        Route("/storage/parts/{upload}/{part}", files.upload_part, methods=["PUT"]),
        Route("/storage/manifest/{manifest}/{name}", files.manifest_object, methods=signed),
        Route("/storage/run/{run}/{name:path}", files.run_object, methods=signed),
        Route("/files/{entity}/{project}/{run}/file_stream", files.file_stream, methods=["POST"]),
        Route(_ARTIFACT, files.artifact_fallback, methods=["GET"]),
        Route("/scim/Users", scim.users, methods=["GET"]),
        Route("/scim/Users/{id}", scim.user, methods=["GET"]),
        Route("/scim/Groups", scim.groups, methods=["GET"]),
        Route("/scim/Groups/{id}", scim.group, methods=["GET"]),
        Route("/scim/Roles", scim.roles, methods=["GET"]),
        Route("/healthz", _healthy),
        Route("/ready", _healthy),
    ]
    if with_setup:
        routes += [
            Route("/db/{subject}", setup, methods=["POST", "PUT"]),
            Route("/sandbox/faults", control.faults, methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/switches", control.switches, methods=["GET", "POST"]),
            Route("/sandbox/migrate", migrate, methods=["GET", "POST"]),
            Route("/sandbox/automations/fired", control.fired),
            Route("/sandbox/requests", control.requests, methods=["GET", "DELETE"]),
        ]
    app = Starlette(routes=routes, exception_handlers={Exception: _failed})
    app.state.sandbox = state
    return app
