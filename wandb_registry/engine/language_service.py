"""The language host's answers, on the SDK's own protocol classes (`pulumirpc.LanguageRuntime`)."""

from __future__ import annotations

import json
import os
import platform
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from wandb_registry.engine.interpreters import Children, VirtualEnvironmentMissing, activate, interpreter_of
from wandb_registry.engine.versions import ENGINE_VERSION, show_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from subprocess import Popen

MESSAGE_WAS_SHOWN = 32
"""Exit code of pulumi-language-python-exec that means: the user has seen why."""

# A run and each policy pack hold one thread as long as they live.
_THREADS = 32


class LanguageService(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs and policy packs, in the interpreter that their project names."""

    def __init__(self, executor: str, engine_address: str) -> None:
        self._executor = executor
        self._engine_address = engine_address
        self.children = Children()

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Keep the engine's address, for engines that send it here rather than as an argument."""
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Our version is that of the engine we stand beside."""
        return plugin_pb2.PluginInfo(version=show_version(ENGINE_VERSION))

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """None: dynamic providers come with the host."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """None, see GetRequiredPackages."""
        return language_pb2.GetRequiredPluginsResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """None worth telling: `pulumi about` shows the lock file's work less well than the lock file."""
        return language_pb2.GetProgramDependenciesResponse()

    def About(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """The interpreter of this host."""
        return language_pb2.AboutResponse(executable=sys.executable, version=platform.python_version())

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802, ARG002
        """Installs nothing: what is pinned by hashes is not pinned if each tool installs it its own way."""
        text = "Install the program's dependencies with pip, in this repository with: make install\n"
        yield language_pb2.InstallDependenciesResponse(stdout=text.encode())

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
        """Nothing: a cancelled run ends by itself once the engine has closed its monitor."""
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run the program; exit code 32 means that the user has seen the error already."""
        try:
            interpreter = interpreter_of(request.info)
        except VirtualEnvironmentMissing as error:
            return language_pb2.RunResponse(error=str(error))
        environment = activate(os.environ, interpreter)
        environment["PULUMI_CONFIG"] = json.dumps(dict(request.config))
        environment["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(list(request.configSecretKeys))
        command = [str(interpreter), "-u", self._executor, *self._program_arguments(request)]
        child = self.children.start(command, request.pwd, environment)
        context.add_callback(lambda: self.children.end(child))
        code = child.wait()
        self.children.forget(child)
        if code == 0:
            return language_pb2.RunResponse()
        if code == MESSAGE_WAS_SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"The program ended with exit code {code}")

    def _program_arguments(self, request: Any) -> list[str]:
        options = {
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        flags = [part for name, value in options.items() if value for part in (f"--{name}", value)]
        program = os.path.join(request.info.program_directory, request.info.entry_point)
        return [*flags, os.path.normpath(program), *request.args]

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Run a plugin written in Python (a policy pack: kind `analyzer`), streaming what it prints."""
        try:
            interpreter = interpreter_of(request.info)
        except VirtualEnvironmentMissing as error:
            yield language_pb2.RunPluginResponse(stderr=f"{error}\n".encode())
            yield language_pb2.RunPluginResponse(exitcode=1)
            return
        environment = activate(dict(pair.split("=", 1) for pair in request.env if "=" in pair), interpreter)
        command, directory = _plugin_command(request, interpreter)
        child = self.children.start(command, directory, environment, piped=True)
        # The engine ends a plugin by cancelling this call.
        context.add_callback(lambda: self.children.end(child))
        for name, data in _output_of(child):
            if name == "stdout":
                yield language_pb2.RunPluginResponse(stdout=data)
            else:
                yield language_pb2.RunPluginResponse(stderr=data)
        code = child.wait()
        self.children.forget(child)
        yield language_pb2.RunPluginResponse(exitcode=code)


def _plugin_command(request: Any, interpreter: Path) -> tuple[list[str], str]:
    directory = request.info.program_directory
    if request.kind == "analyzer":
        return [str(interpreter), "-u", "-m", "pulumi.policy", *request.args, directory], directory
    return [str(interpreter), "-u", directory, *request.args], request.pwd


def _output_of(child: Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """`("stdout" | "stderr", data)` as it comes, until both are closed."""
    pieces: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()

    def pump(name: str, stream: IO[bytes]) -> None:
        with stream:
            while data := os.read(stream.fileno(), 65536):
                pieces.put((name, data))
        pieces.put((name, b""))

    streams = {"stdout": child.stdout, "stderr": child.stderr}
    open_streams = 0
    for name, stream in streams.items():
        if stream is not None:
            open_streams += 1
            threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    while open_streams:
        name, data = pieces.get()
        if data:
            yield name, data
        else:
            open_streams -= 1


class Server:
    """A language service that listens on a loopback port of its own."""

    def __init__(self, service: LanguageService) -> None:
        self._service = service
        self._server = grpc.server(
            ThreadPoolExecutor(max_workers=_THREADS),
            # Programs may be large; the engine sets no limit either.
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        )
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(service, self._server)
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def close(self) -> None:
        """End the children, then the server."""
        self._service.children.end_all()
        self._server.stop(grace=1).wait()


def start(executor: str, engine_address: str, announce: IO[str]) -> Server:
    """Serve, and tell the engine the port on the first line of `announce`."""
    server = Server(LanguageService(executor, engine_address))
    announce.write(f"{server.port}\n")
    announce.flush()
    return server
