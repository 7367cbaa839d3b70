"""Who may see a project, and who used what is in it: each asked in a document of its own.

A link from a restricted project gives the members of the registry what the project kept from others
(facts/wandb.md), so the visibility of every source's project is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from wandb_registry.server.errors import Invalid, PermissionDenied
from wandb_registry.server.port import Port
from wandb_registry.state.inventory import LegacyVisibility
from wandb_registry.state.roles import Role

ProjectPath = tuple[str, str]  # entity, project

_A_REQUEST = 50
_ARTIFACTS_A_REQUEST = 25
_USES = 50  # of one artifact, newest or not: a proposal needs no complete list

RESTRICTED = "RESTRICTED"  # what the server calls the access of a project for invited people only
_VISIBILITIES: dict[str, LegacyVisibility] = {
    RESTRICTED: "restricted",
    "PRIVATE": "team",
    "ENTITY_READ": "team",
    "ENTITY_WRITE": "team",
    "USER_READ": "public",
    "USER_WRITE": "open",
}

_MEMBERS = """
query ProjectMembers($entity: String!, $project: String!) {
  project(name: $project, entityName: $entity) { members { username role { name } } }
}
"""


def project_visibilities(
    port: Port, projects: Iterable[ProjectPath]
) -> dict[ProjectPath, LegacyVisibility | None]:
    """The visibility of each project; None where the server or the key does not tell."""
    wanted = sorted(set(projects))
    found: dict[ProjectPath, LegacyVisibility | None] = {}
    for start in range(0, len(wanted), _A_REQUEST):
        found.update(_visibilities(port, wanted[start : start + _A_REQUEST]))
    return found


def project_roles(port: Port, path: ProjectPath) -> dict[str, Role] | None:
    """Username -> role of those who have one in the project itself; None where nobody tells."""
    try:
        project = port.execute(_MEMBERS, {"entity": path[0], "project": path[1]}).get("project")
    except (PermissionDenied, Invalid):
        return None
    members = project.get("members") if isinstance(project, dict) else None
    if not isinstance(members, list):
        return None
    roles = {str(one["username"]): str((one.get("role") or {}).get("name")) for one in members}
    # Projects of teams and registries spell the role of those who only read differently.
    spelled = {name: "viewer" if role in ("view-only", "view_only") else role for name, role in roles.items()}
    return {name: Role(role) for name, role in spelled.items() if role in set(Role)}


def service_accounts_at_work(port: Port, artifact_ids: Iterable[str]) -> dict[str, frozenset[str]] | None:
    """Artifact id -> service accounts that logged it or used it in runs; None where the server refuses."""
    wanted = sorted(set(artifact_ids))
    found: dict[str, frozenset[str]] = {}
    try:
        for start in range(0, len(wanted), _ARTIFACTS_A_REQUEST):
            found.update(_at_work(port, wanted[start : start + _ARTIFACTS_A_REQUEST]))
    except (PermissionDenied, Invalid):
        return None
    return found


def _visibilities(port: Port, paths: Sequence[ProjectPath]) -> dict[ProjectPath, LegacyVisibility | None]:
    variables = ", ".join(f"$e{n}: String!, $p{n}: String!" for n in range(len(paths)))
    fields = " ".join(
        f"p{n}: project(name: $p{n}, entityName: $e{n}) {{ access }}" for n in range(len(paths))
    )
    values = {f"{key}{n}": part for n, path in enumerate(paths) for key, part in zip("ep", path, strict=True)}
    answer = port.execute_fields(f"query ProjectVisibilities({variables}) {{ {fields} }}", values)
    for error in answer.errors.values():
        if not isinstance(error, PermissionDenied):
            raise error
    return {path: _visibility(answer.data.get(f"p{n}")) for n, path in enumerate(paths)}


def _visibility(project: Any) -> LegacyVisibility | None:
    return _VISIBILITIES.get(str(project.get("access"))) if isinstance(project, dict) else None


def _at_work(port: Port, ids: Sequence[str]) -> dict[str, frozenset[str]]:
    who = "username accountType"
    what = (
        f"createdBy {{ __typename ... on User {{ {who} }} ... on Run {{ user {{ {who} }} }} }} "
        f"usedBy(first: {_USES}) {{ edges {{ node {{ user {{ {who} }} }} }} }}"
    )
    variables = ", ".join(f"$i{n}: ID!" for n in range(len(ids)))
    fields = " ".join(f"a{n}: artifact(id: $i{n}) {{ {what} }}" for n in range(len(ids)))
    values = {f"i{n}": artifact_id for n, artifact_id in enumerate(ids)}
    answer = port.execute_fields(f"query ArtifactUse({variables}) {{ {fields} }}", values)
    for error in answer.errors.values():
        raise error
    artifacts = ((artifact_id, answer.data.get(f"a{n}")) for n, artifact_id in enumerate(ids))
    return {key: frozenset(_service_accounts(found)) for key, found in artifacts if isinstance(found, dict)}


def _service_accounts(artifact: dict[str, Any]) -> Iterable[str]:
    maker = artifact.get("createdBy") or {}
    people = [maker.get("user") if maker.get("__typename") == "Run" else maker]
    people += [edge["node"].get("user") for edge in (artifact.get("usedBy") or {}).get("edges") or ()]
    for person in people:
        if person and "service" in str(person.get("accountType") or "").casefold():
            yield str(person["username"])
