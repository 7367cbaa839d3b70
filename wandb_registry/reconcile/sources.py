"""Sources before they are linked: still there, and not of a project that a link would open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wandb_registry.errors import listed
from wandb_registry.reconcile.errors import SourceRestricted
from wandb_registry.server.collections import Home
from wandb_registry.server.links import SourceProject, existing_artifacts
from wandb_registry.server.port import Port


def require_open(
    port: Port, home: Home, artifact_ids: Sequence[str], opened: Collection[str]
) -> Mapping[str, SourceProject | None]:
    """The versions that are there, with their projects; SourceRestricted where a link would open one.

    A link shows its version to everybody in the registry, whatever its project keeps to invited people.
    `opened`: the restricted projects that reviewers decided to link from.
    """
    there = existing_artifacts(port, artifact_ids) if artifact_ids else {}
    found = {project.path for project in there.values() if project is not None and project.restricted}
    if closed := sorted(found - set(opened)):
        raise SourceRestricted(
            f"the restricted project {listed(closed)} holds versions that would be shown to everybody in "
            f"{home}; nothing was linked",
            advice="Take them out, or decide so: override restricted-source, subject REGISTRY/ENTITY/PROJECT",
        )
    return there
