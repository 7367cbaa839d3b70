"""Finding a `pulumi` of the user's own that is new enough and brings a working Python language host."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wandb_registry.engine.cache import EXECUTABLE, LANGUAGE_HOST, PROGRAM_RUNNER, PROVIDER
from wandb_registry.engine.installation import QUIET, Engine
from wandb_registry.engine.versions import FIRST_UNKNOWN_ENGINE, OLDEST_ENGINE, parse_version, show_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_registry.engine.versions import Version

_ANSWER_SECONDS = 30.0


class Unusable(Exception):
    """Why a `pulumi` cannot be used; the message names it."""


@dataclass(frozen=True)
class Search:
    """What a search of PATH found: a usable engine, or why each `pulumi` on it is none."""

    engine: Engine | None
    rejected: tuple[str, ...] = ()


def search_path(path: str, *, ignore: Path, environment: Mapping[str, str] | None = None) -> Search:
    """Look for the first usable `pulumi` on PATH.

    Args:
        path: folders as in PATH.
        ignore: what lies below is not the user's own: our cache, perhaps with another clone's interpreter.
        environment: for the programs asked, else this process's.
    """
    asked_in = {**(os.environ if environment is None else environment), **QUIET, "PATH": path}
    rejected: list[str] = []
    ignored = ignore.resolve()
    for folder in dict.fromkeys(part for part in path.split(os.pathsep) if part):
        found = shutil.which(EXECUTABLE, path=folder)
        if found is None or Path(found).resolve().is_relative_to(ignored):
            continue
        try:
            return Search(_examine(Path(found), path, asked_in), tuple(rejected))
        except Unusable as error:
            rejected.append(str(error))
    return Search(None, tuple(rejected))


def _examine(pulumi: Path, path: str, environment: Mapping[str, str]) -> Engine:
    version = _version_of(pulumi, environment)
    if version is None:
        raise Unusable(f"{pulumi} does not answer `pulumi version`")
    named = f"{pulumi} is version {show_version(version)}"
    if version < OLDEST_ENGINE:
        raise Unusable(f"{named}, older than {show_version(OLDEST_ENGINE)}")
    if version >= FIRST_UNKNOWN_ENGINE:
        raise Unusable(f"{named}; only versions before {show_version(FIRST_UNKNOWN_ENGINE)} are known")
    # Where the engine itself looks: on PATH, then beside its own file.
    places = os.pathsep.join([path, str(pulumi.resolve().parent)])
    for name in (LANGUAGE_HOST, PROGRAM_RUNNER, PROVIDER):
        if shutil.which(name, path=places) is None:
            raise Unusable(f"{pulumi} comes without {name}")
    host = Path(shutil.which(LANGUAGE_HOST, path=places) or "")
    host_version = ask_language_host(host, environment)
    if host_version is None:
        raise Unusable(f"{pulumi} has a Python language host that does not answer, {host}")
    if host_version < OLDEST_ENGINE:
        raise Unusable(f"{pulumi} has a Python language host of version {show_version(host_version)}, {host}")
    return Engine(pulumi=pulumi, version=version, origin="path")


def _version_of(pulumi: Path, environment: Mapping[str, str]) -> Version | None:
    try:
        answer = subprocess.run(
            [str(pulumi), "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return parse_version(answer.stdout)


def ask_language_host(host: Path, environment: Mapping[str, str]) -> Version | None:
    """Start a language host as the engine does and ask its version.

    Returns:
        None where it does not start, does not answer, or does not know its version (a host from before
        virtual environments and policy packs, built by hand, does not).
    """
    try:
        process = subprocess.Popen(
            # No engine listens on port 1; the host calls it back only for a run.
            [str(host), "127.0.0.1:1"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
    except OSError:
        return None
    # Reading its first line has no limit of its own.
    limit = threading.Timer(_ANSWER_SECONDS, process.kill)
    limit.start()
    try:
        assert process.stdout is not None  # noqa: S101 (for the type checker)
        port = process.stdout.readline().strip()
        return _ask_version(int(port)) if port.isdigit() else None
    finally:
        limit.cancel()
        process.kill()
        process.communicate()


def _ask_version(port: int) -> Version | None:
    import grpc
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import language_pb2_grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)
        try:
            info = stub.GetPluginInfo(empty_pb2.Empty(), timeout=_ANSWER_SECONDS, wait_for_ready=True)
        except grpc.RpcError:
            return None
    return parse_version(info.version)
