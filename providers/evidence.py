"""The audit trail of a provider's process: who acts, for which stack and commit, at which resource."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from wandb_registry.audit.commit import describe_commit
from wandb_registry.audit.port import AuditedPort
from wandb_registry.audit.trail import Run, Trail, audit_directory
from wandb_registry.server.port import Port
from wandb_registry.server.viewer import get_viewer

_HOST_OF_PROVIDERS = os.path.join("pulumi", "dynamic", "__main__.py")
_URN = "urn:pulumi:"


def audited(port: Port, secrets: Iterable[str]) -> AuditedPort:
    """The port with this process's trail before it."""
    return AuditedPort(port, _open_trail, secrets=secrets, resource=current_urn)


def current_urn() -> str:
    """The URN of the resource that the engine asked this thread for, "" outside a provider's process.

    A dynamic provider is not told its URN (pulumi/dynamic/__main__.py drops it), so it is taken from the
    request that the host holds further up in this thread.
    """
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.endswith(_HOST_OF_PROVIDERS):
            urn = getattr(frame.f_locals.get("request"), "urn", "")
            if urn:
                return str(urn)
        frame = frame.f_back  # type: ignore[assignment]  # None at the end
    return ""


def _open_trail(port: Port) -> Trail:
    """Every entry of it names the acting user, so a key that nobody owns writes nothing."""
    stack = current_urn().removeprefix(_URN).partition("::")[0]
    return Trail(
        audit_directory(),
        Run(
            stack=stack or "no-stack",
            identity=get_viewer(port).username,
            commit=describe_commit(Path.cwd()),
            server=port.base_url,
            version=version("wandb-registry-as-code"),
        ),
    )
