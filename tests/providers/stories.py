"""Pieces of stack files that several stories use."""

from __future__ import annotations

from typing import Any

from tests.world import World


def registry(**fields: Any) -> dict[str, Any]:
    """A restricted registry for models."""
    return {"visibility": "restricted", "artifact_types": ["model"], **fields}


def collection(links: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A collection of models."""
    return {"type": "model", **fields, **({"links": links} if links else {})}


def links(world: World, ids: list[str], numbers: list[int], **aliases: list[str]) -> dict[str, Any]:
    """Links of the artifact `churn`, each without aliases but for `vN=[...]`; numbers are free."""
    return {
        world.source("churn", number): {"id": ids[number], "aliases": aliases.get(f"v{number}", [])}
        for number in numbers
    }
