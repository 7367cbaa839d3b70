"""The provider process's tie to the engine: is it still there, and how to tell its user something.

After `kill -9` of the engine the process of a dynamic provider lives on as an orphan and would finish
its writes (seen for 50 s); so the engine is looked for before every request.
"""

from __future__ import annotations

import functools
import re
import socket
import sys

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from wandb_registry.errors import UserError

_ADDRESS = re.compile(r"127\.0\.0\.1:\d+|localhost:\d+|\[::1\]:\d+")
_PATIENCE_SECONDS = 2.0


class EngineGone(UserError):
    """The Pulumi engine that started this provider is no longer there."""


@functools.cache
def engine_address() -> tuple[str, int] | None:
    """Where the engine listens: the argument that it starts a provider with; None elsewhere (tests)."""
    for argument in sys.argv[1:]:
        if _ADDRESS.fullmatch(argument):
            host, _, port = argument.rpartition(":")
            return host.strip("[]"), int(port)
    return None


def require_engine() -> None:
    """Raise EngineGone where the engine that started this process has gone."""
    address = engine_address()
    if address is None:
        return
    try:
        socket.create_connection(address, timeout=_PATIENCE_SECONDS).close()
    except OSError:
        raise EngineGone("the Pulumi engine is gone; nothing more is sent. Run `pulumi up` again") from None


def warn(message: str) -> None:
    """Show the user one warning line, through the engine where there is one."""
    address = engine_address()
    if address is None:
        print(f"warning: {message}", file=sys.stderr)
        return
    request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn="")
    try:
        with grpc.insecure_channel(f"{address[0]}:{address[1]}") as channel:
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=_PATIENCE_SECONDS)
    except grpc.RpcError:
        print(f"warning: {message}", file=sys.stderr)
