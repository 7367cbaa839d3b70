"""Start the server: in a thread of this process for tests, or in the foreground for a person."""

from __future__ import annotations

import gc
import ipaddress
import logging
import os
import signal
import socket
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from filelock import FileLock, Timeout
from uvicorn.protocols.http.h11_impl import H11Protocol

from wandb_sandbox.errors import SandboxError
from wandb_sandbox.http.app import build_app
from wandb_sandbox.http.state import State
from wandb_sandbox.switches import Switches

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

logger = logging.getLogger(__name__)


class _Protocol(H11Protocol):
    """Lets an endpoint reach the connection, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Leaves the signals alone: `Sandbox.run` ends on them with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def is_loopback(host: str) -> bool:
    """Whether the host names this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Sandbox:
    """A server on a data folder; `with Sandbox(folder) as sandbox: ... sandbox.url`.

    SandboxError for a folder that another process has open, or an address that is taken.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        switches: Switches | None = None,
        with_setup: bool | None = None,
    ) -> None:
        self._folder = Path(data_dir)
        self._host, self._port = host, port
        self._switches = switches or Switches()
        self._with_setup = is_loopback(host) if with_setup is None else with_setup
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def prepare(self) -> None:
        """Take the folder and the address; requests wait until the server runs."""
        with ExitStack() as taken:
            self._lock = take_folder(self._folder)
            taken.callback(self._lock.release)
            self._socket = _listen(self._host, self._port)
            taken.callback(self._socket.close)
            self._port = self._socket.getsockname()[1]
            self.state = State(self._folder, self._switches)
            self._close = taken.pop_all().close
        app = build_app(self.state, with_setup=self._with_setup)
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
            server_header=False,
        )
        self._server = _Server(config)

    def start(self) -> None:
        """Run in a thread; the address is valid when this returns."""
        self.prepare()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Run here, in the main thread, until interrupted or terminated."""

        def end(_number: int, _frame: Any) -> None:
            self._server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        # Large answers make many short-lived objects; the schema and the code stay for good.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        try:
            self._run()
        finally:
            self._end()

    def stop(self) -> None:
        """End the thread and let go of folder and address."""
        if self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._thread = None
        self._end()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def _end(self) -> None:
        self.state.db.close()
        self._close()


def take_folder(folder: Path) -> FileLock:
    """Lock a data folder, made if it is not there; SandboxError if another process has it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise SandboxError(
            f"{folder} is in use by another sandbox; stop that one or name another folder"
        ) from None
    except OSError as error:
        raise SandboxError(f"{folder} cannot be used as data folder: {error.strerror}") from None
    return lock


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio then sets no delay
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except OSError as error:
        found.close()
        raise SandboxError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    return found


def serve(
    data_dir: str | os.PathLike[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], Any] = print,
    with_setup: bool | None = None,
    switches: Switches | None = None,
) -> None:
    """Serve in the foreground; `ready` gets the address when requests can be sent."""
    sandbox = Sandbox(data_dir, host=host, port=port, switches=switches, with_setup=with_setup)
    sandbox.prepare()
    ready(sandbox.url)
    sandbox.run()
