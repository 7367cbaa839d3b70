"""The provider process's tie to the engine: is it still there, and how to tell its user something.

After `kill -9` of the engine the process of a dynamic provider would live on as an orphan and finish
its writes (seen for 50 s). The engine holds the other end of the provider's stdin, so the end of that
file is the engine's end; the parent's pid tells nothing where a shell stands between.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import threading

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from wandb_registry.errors import UserError

_HOST_OF_PROVIDERS = os.path.join("pulumi", "dynamic", "__main__.py")
_ADDRESS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+")
_PATIENCE_SECONDS = 2.0

_engine_gone = threading.Event()


class EngineGone(UserError):
    """The Pulumi engine that started this provider is no longer there."""


@functools.cache
def watch_engine() -> None:
    """End this process when the engine has gone; outside a provider's process nothing happens."""
    if sys.argv[0].endswith(_HOST_OF_PROVIDERS):
        threading.Thread(target=_wait_for_end, name="engine watch", daemon=True).start()


def require_engine() -> None:
    """Raise EngineGone where the engine that started this process has gone: called before each request."""
    if _engine_gone.is_set():
        raise EngineGone("the Pulumi engine is gone; nothing more is sent. Run `pulumi up` again")


def warn(message: str) -> None:
    """Show the user one warning line, through the engine where there is one."""
    address = next((argument for argument in sys.argv[1:] if _ADDRESS.fullmatch(argument)), None)
    if address is None:
        print(f"warning: {message}", file=sys.stderr)
        return
    request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn="")
    try:
        with grpc.insecure_channel(address) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=_PATIENCE_SECONDS)
    except grpc.RpcError:
        print(f"warning: {message}", file=sys.stderr)


def _wait_for_end() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    _engine_gone.set()
    # Nobody waits for an answer any more; what was sent is found again by the next run.
    os._exit(1)
