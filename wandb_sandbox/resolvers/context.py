"""What every resolver gets: the store, the key's rights, the batch loaders and the switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wandb_sandbox.errors import NotFoundError, PermissionDeniedError
from wandb_sandbox.execution.registry import Resolvers
from wandb_sandbox.permissions.access import Access
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers.loaders import Loaders

if TYPE_CHECKING:
    from collections.abc import Callable

    from wandb_sandbox.store.database import Database
    from wandb_sandbox.store.objects import Objects
    from wandb_sandbox.store.rows import Artifact, Collection, Entity, Project, User
    from wandb_sandbox.switches import Switches

table: Resolvers[Context] = Resolvers()
"""All resolvers of the server."""


class Context:
    """One request of one key."""

    def __init__(
        self,
        db: Database,
        objects: Objects,
        user: User,
        switches: Switches,
        address: Callable[[str, str], str],
        *,
        privileged: bool = False,
    ) -> None:
        self.db = db
        self.objects = objects
        self.user = user
        self.switches = switches
        self.address = address
        """The full address of a path on this server, signed for a method (GET or PUT)."""
        self._privileged = privileged
        self.refresh()

    def refresh(self) -> None:
        """Forget what was read: something was written."""
        self.load = Loaders(self.db)
        self.access = Access(self.db, self.user, self.switches, privileged=self._privileged)

    def visible_project(self, project_id: int) -> Project | None:
        """The project if the key sees it."""
        project = self.load.projects.get(project_id)
        return project if project is not None and self.access.can(Right.SEE, project) else None

    def visible_collection(self, collection_id: int) -> Collection | None:
        """The collection if the key sees its project."""
        collection = self.load.collections.get(collection_id)
        if collection is None or self.visible_project(collection.project_id) is None:
            return None
        return collection

    def project_of(self, collection: Collection) -> Project:
        """The project of a collection, whether visible or not."""
        project = self.load.projects.get(collection.project_id)
        if project is None:
            raise NotFoundError(f"collection {collection.name!r} not found")
        return project

    def source_project(self, artifact: Artifact) -> Project:
        """The project that the artifact was logged to, whether visible or not."""
        sequence = self.load.collections.get(artifact.sequence_id)
        if sequence is None:
            raise NotFoundError("artifact not found")
        return self.project_of(sequence)

    def reaches_artifact(self, artifact: Artifact, right: Right = Right.SEE) -> bool:
        """Whether the key has the right through the source project or any collection that links it."""
        if self.access.can(right, self.source_project(artifact)):
            return True
        for membership in self.load.artifact_memberships.get(artifact.id):
            collection = self.load.collections.get(membership.collection_id)
            if collection is not None and self.access.can(right, self.project_of(collection)):
                return True
        return False

    def require_use(self, artifact: Artifact) -> None:
        """PermissionDeniedError where the key sees the artifact by no way that lets it use it."""
        if not self.reaches_artifact(artifact, Right.USE):
            raise PermissionDeniedError("permission denied: you may not use this artifact")

    def visible_artifact(self, artifact_id: int) -> Artifact | None:
        """The artifact if the key reaches it by any way."""
        artifact = self.load.artifacts.get(artifact_id)
        if artifact is None or artifact.state == "DELETED" or not self.reaches_artifact(artifact):
            return None
        return artifact

    def visible_entity(self, entity: Entity | None) -> Entity | None:
        """The entity if it is there for the key."""
        return entity if entity is not None and self.access.sees_entity(entity) else None
