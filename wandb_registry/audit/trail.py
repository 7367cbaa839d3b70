"""The file of one run: appended under a lock, on disk before the write that it tells of is sent."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs

from wandb_registry.audit.chain import Head, canonical, chain
from wandb_registry.audit.errors import AuditFailed

DIRECTORY_VARIABLE = "WANDB_REGISTRY_AUDIT_DIR"
SUFFIX = ".jsonl"
HEAD_SUFFIX = ".head"

_UNSAFE = re.compile(r"[^\w.-]")
_NAME = re.compile(r"(?P<stack>.+)-(?P<time>\d{8}T\d{6}\.\d{6}Z)-\d+\.jsonl")


def audit_directory() -> Path:
    """WANDB_REGISTRY_AUDIT_DIR, else `audit` in the user's state directory."""
    named = os.environ.get(DIRECTORY_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_state_dir("wandb-registry", False)) / "audit"


def head_path(trail: Path) -> Path:
    """The side file that keeps a trail's length and last hash."""
    return trail.with_suffix(HEAD_SUFFIX)


def now() -> str:
    """This moment in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Run:
    """Who acts, on what, from where: stands in every entry; `commit` is what Git names, or why not."""

    stack: str
    identity: str
    commit: str
    server: str
    version: str


class Trail:
    """One trail. Safe for threads; a process has one for each stack that it serves."""

    def __init__(self, directory: Path, run: Run) -> None:
        """Open a new file in `directory`, made if need be; AuditFailed where that cannot be."""
        self._run = run
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._head = Head()
        self._synced = 0
        self._broken: str | None = None
        stack = _UNSAFE.sub("_", run.stack)
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            before = _newest(directory, stack)
            time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            self.path = directory / f"{stack}-{time}-{os.getpid()}{SUFFIX}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            self._file = os.open(self.path, flags | os.O_APPEND, 0o600)
            self._head_file = os.open(head_path(self.path), flags, 0o600)
        except OSError as error:
            raise _failed(directory, error) from None
        self.append(
            [{"event": "run", "server": run.server, "version": run.version, "previous_run": before}],
            durable=True,
        )

    def append(self, records: Sequence[Mapping[str, Any]], *, durable: bool) -> range:
        """Add entries and answer their numbers; with `durable` they are on disk when this returns.

        AuditFailed where they cannot be written, and from then on at every call.
        """
        fields = {
            "time": now(),
            "stack": self._run.stack,
            "identity": self._run.identity,
            "commit": self._run.commit,
        }
        with self._lock:
            if self._broken is not None:
                raise AuditFailed(self._broken)
            lines, head = chain(self._head, [{**fields, **record} for record in records])
            try:
                _write(self._file, "".join(f"{line}\n" for line in lines).encode())
                os.pwrite(self._head_file, str(head).encode(), 0)
            except OSError as error:
                self._broken = _failed(self.path, error).message
                raise AuditFailed(self._broken) from None
            first, self._head = self._head.entries, head
        if durable:
            self._sync(head.entries)
        return range(first, head.entries)

    def close(self) -> None:
        """Give the files back."""
        os.close(self._file)
        os.close(self._head_file)

    def _sync(self, entries: int) -> None:
        """Wait until so many entries are on disk; threads that wait meanwhile share one call."""
        with self._syncing:
            if self._synced >= entries:
                return
            written = self._head.entries
            try:
                os.fsync(self._file)
            except OSError as error:
                self._broken = _failed(self.path, error).message
                raise AuditFailed(self._broken) from None
            self._synced = written


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _newest(directory: Path, stack: str) -> dict[str, str] | None:
    """The stack's newest trail before this one with its last hash, so that a missing file shows."""
    found = sorted(
        (match["time"], path)
        for path in directory.glob(f"*{SUFFIX}")
        if (match := _NAME.fullmatch(path.name)) and match["stack"] == stack
    )
    if not found:
        return None
    path = found[-1][1]
    try:
        return {"file": path.name, "hash": Head.parse(head_path(path).read_text("utf-8")).hash}
    except (OSError, ValueError):
        return {"file": path.name, "hash": ""}


def _failed(path: Path, error: OSError) -> AuditFailed:
    return AuditFailed(
        f"the audit trail at {path} cannot be written ({error.strerror}), so nothing is sent to the server. "
        f"Mend it, or set {DIRECTORY_VARIABLE} to another directory"
    )


__all__ = ["DIRECTORY_VARIABLE", "SUFFIX", "Run", "Trail", "audit_directory", "canonical", "head_path", "now"]
