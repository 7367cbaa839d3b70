"""How an error of ours reaches the user: as its one line, and with what was done kept in the state.

The SDK's host of dynamic providers answers every exception with `traceback.format_exc()` and no state
(`_abort_with_traceback` in pulumi/dynamic/__main__.py). Both are mended in that one place: the name
`traceback` of that module is given an object whose `format_exc` answers our message alone, and, where a
part was applied, attaches the engine's own message for it, ErrorResourceInitFailed, to the answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from typing import Any

from google.protobuf import any_pb2
from google.rpc import status_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from wandb_registry.errors import UserError

_PROVIDER_KEY = "__provider"
_UNKNOWN_CODE = 2  # grpc.StatusCode.UNKNOWN, which the host answers
_SHOW_FRAMES = "WANDB_REGISTRY_TRACEBACK"


class PartlyDone(UserError):
    """Some of a resource is applied: its id, inputs and outs go into the state, with the reason."""

    def __init__(self, reason: str, resource_id: str, inputs: dict[str, Any], outs: dict[str, Any]) -> None:
        self.resource_id = resource_id
        self.inputs = inputs
        self.outs = outs
        super().__init__(reason)


def describe(error: BaseException | None) -> str:
    """An exception as its user sees it: our own by their message, others by their place alone.

    The message of a foreign exception may hold a secret, so it is not shown unasked.
    """
    if os.environ.get(_SHOW_FRAMES):
        return "".join(traceback.format_exception(error))
    if isinstance(error, UserError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__) if error else ()
    where = f"{os.path.basename(frames[-1].filename)}, line {frames[-1].lineno}" if frames else "nowhere"
    return (
        f"internal error {type(error).__name__} ({where}). Please report it; "
        f"{_SHOW_FRAMES}=1 shows the traceback"
    )


class _ShownErrors:
    """Stands in for the module `traceback` in the provider host."""

    def format_exc(self) -> str:
        error = sys.exc_info()[1]
        if isinstance(error, PartlyDone):
            caller = sys._getframe(1).f_locals
            _attach(error, caller["request"], caller["context"])
        return describe(error)


def show_errors_as_lines() -> None:
    """Mend the provider host of this process; elsewhere (the program, tests) nothing happens."""
    host: Any = sys.modules.get("__main__")
    if hasattr(host, "_abort_with_traceback") and hasattr(host, "traceback"):
        host.traceback = _ShownErrors()


def _attach(error: PartlyDone, request: Any, context: Any) -> None:
    properties = request.properties if hasattr(request, "properties") else request.news
    provider = rpc.deserialize_properties(properties)[_PROVIDER_KEY]
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id,
            properties=_struct({**error.outs, _PROVIDER_KEY: provider}),
            inputs=_struct({**error.inputs, _PROVIDER_KEY: provider}),
            reasons=[str(error)],
        )
    )
    status = status_pb2.Status(code=_UNKNOWN_CODE, message=str(error), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))


def _struct(properties: dict[str, Any]) -> Any:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(properties, {}))
    finally:
        loop.close()
