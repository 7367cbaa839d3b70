"""Source versions to link in experiments: those that the user names, or tiny ones of doctor's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wandb_registry.doctor.identity import Identity, SeenTeam
from wandb_registry.doctor.throwaway import ARTIFACT_TYPE, Throwaway
from wandb_registry.errors import UserError, listed
from wandb_registry.server.errors import ServerError
from wandb_registry.server.links import find_source
from wandb_registry.server.port import Port
from wandb_registry.state.sources import Source

MOST_SOURCES = 3
_OWN = 4  # one more than the experiments link: that one is deleted

_CREATE = """
mutation DoctorVersion($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }
"""
_TYPE = "query DoctorType($id: ID!) { artifact(id: $id) { artifactType { name } } }"
_COMMIT = """
mutation DoctorCommit($input: CommitArtifactInput!) {
  commitArtifact(input: $input) { artifact { id state } }
}
"""


class UnusableSource(UserError):
    """A source given on the command line cannot be used."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Artifact ids to link; `own`: doctor logged them and may delete them; `problem`: why there are none."""

    ids: tuple[str, ...] = ()
    own: bool = False
    problem: str = ""
    artifact_type: str = ARTIFACT_TYPE

    def spare(self) -> str | None:
        """A version that may be deleted, or None."""
        return self.ids[MOST_SOURCES] if self.own and len(self.ids) > MOST_SOURCES else None


def parse_sources(texts: Sequence[str]) -> tuple[Source, ...]:
    """The sources of the command line, different ones and at most three; UnusableSource otherwise."""
    try:
        sources = tuple(Source.parse(text) for text in texts)
    except ValueError as error:
        raise UnusableSource(f"--source: {error}", advice="Write entity/project/name:vN") from None
    if len(sources) > MOST_SOURCES or len(set(sources)) < len(sources):
        raise UnusableSource(f"--source takes up to {MOST_SOURCES} different versions")
    return sources


def scratch_team(identity: Identity, teams: Sequence[SeenTeam]) -> str | None:
    """A team where doctor may make a project and remove it again, which takes an admin; None without."""
    allowed = [seen.name for seen in teams if seen.role_of(identity.username) == "admin"]
    return allowed[0] if allowed else None


def find_sources(port: Port, sources: Sequence[Source]) -> Sources:
    """The artifact ids of the sources given; NotFound where the key cannot see one."""
    ids = tuple(find_source(port, source) for source in sources)
    types = set()
    for artifact_id in ids:
        artifact = port.execute(_TYPE, {"id": artifact_id}).get("artifact") or {}
        types.add(str((artifact.get("artifactType") or {}).get("name", ARTIFACT_TYPE)))
    if len(types) > 1:
        raise UnusableSource(f"the sources are of different types: {listed(types)}; a collection takes one")
    return Sources(ids, artifact_type=types.pop())


def log_sources(port: Port, made: Throwaway, team: str | None) -> Sources:
    """Tiny versions in a scratch project, where the server takes them without files."""
    advice = "Give --source three times, existing versions of one type"
    if team is None:
        return Sources(problem=f"the key's person is admin of no team given by --team. {advice}")
    try:
        made.create_project(team)
        return Sources(tuple(_log(port, team, made.name, n) for n in range(_OWN)), own=True)
    except (ServerError, KeyError, TypeError) as error:
        reason = error.message if isinstance(error, ServerError) else "the server's answer has no version"
        return Sources(problem=f"the server takes no version without files ({listed([reason])}). {advice}")


def log_personal(port: Port, made: Throwaway, username: str) -> str:
    """A version in a scratch project of somebody's own entity; its artifact id."""
    made.create_project(username)
    return _log(port, username, made.name, 0)


def log_again(port: Port, made: Throwaway) -> str:
    """The content of our first version once more; the id of the version that the server takes it for."""
    created = port.execute(_CREATE, {"input": _version(made.projects[0], made.name, 0, deduplicate=True)})
    return str(created["createArtifact"]["artifact"]["id"])


def _log(port: Port, team: str, project: str, number: int) -> str:
    value = _version(team, project, number, deduplicate=False)
    artifact = port.execute(_CREATE, {"input": value})["createArtifact"]["artifact"]
    done = port.execute(_COMMIT, {"input": {"artifactID": artifact["id"]}})["commitArtifact"]["artifact"]
    if done["state"] != "COMMITTED":
        raise KeyError("state")
    return str(artifact["id"])


def _version(entity: str, project: str, number: int, *, deduplicate: bool) -> dict[str, object]:
    return {
        "entityName": entity,
        "projectName": project,
        "artifactTypeName": ARTIFACT_TYPE,
        "artifactCollectionName": "doctor",
        "digest": f"{number:032x}",
        "digestAlgorithm": "MANIFEST_MD5",
        "aliases": [],
        "enableDigestDeduplication": deduplicate,
    }
