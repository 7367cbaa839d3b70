"""The acting identity: whose key this is."""

from __future__ import annotations

from dataclasses import dataclass

from wandb_registry.server.errors import Unauthorized
from wandb_registry.server.port import Port

_VIEWER = "query ActingViewer { viewer { id username } }"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user behind the key."""

    id: str
    username: str


def get_viewer(port: Port) -> Viewer:
    """Who the key belongs to; Unauthorized where it belongs to nobody."""
    viewer = port.execute(_VIEWER, {}).get("viewer")
    if not isinstance(viewer, dict):
        raise Unauthorized(
            f"{port.base_url} does not know the key", advice="Check WANDB_API_KEY, or run `wandb login`"
        )
    return Viewer(id=str(viewer["id"]), username=str(viewer["username"]))
