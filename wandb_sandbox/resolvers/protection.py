"""Protected aliases: only those who may PROTECT touch them and what holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.store import links
from wandb_sandbox.store.projects import LEGACY_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wandb_sandbox.resolvers.context import Context
    from wandb_sandbox.store.rows import Collection, Membership, Project


def protected_in(context: Context, project: Project) -> set[str]:
    """The aliases that are protected in a project: in the legacy registry and in registries only."""
    if not project.is_registry and project.name.lower() != LEGACY_REGISTRY:
        return set()
    found = context.db.tuples(
        "SELECT alias FROM protected_aliases WHERE entity_id = ? "
        "UNION SELECT alias FROM project_protected_aliases WHERE project_id = ?",
        project.entity_id,
        project.id,
    )
    return {alias for (alias,) in found}


def require_aliases(context: Context, collection: Collection, aliases: Iterable[str], what: str) -> None:
    """PermissionDeniedError if one of the aliases is protected and the key may not touch such."""
    project = context.project_of(collection)
    touched = sorted(protected_in(context, project) & set(aliases))
    if touched:
        context.access.require(Right.PROTECT, project, f"{what} {', '.join(touched)}")


def require_unprotected(context: Context, collection: Collection, what: str) -> None:
    """PermissionDeniedError if the collection holds a protected alias and the key may not touch such."""
    held = context.db.tuples("SELECT alias FROM aliases WHERE collection_id = ?", collection.id)
    require_aliases(context, collection, [alias for (alias,) in held], what + ":")


def require_version_unprotected(
    context: Context, collection: Collection, found: Membership, what: str
) -> None:
    """The same for one version of a collection."""
    held = [alias.alias for alias in links.aliases(context.db, found.id)]
    require_aliases(context, collection, held, what + ":")
