"""What experiments share: the throwaway registry, the sources to link, and a look at links as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.doctor.sources import Sources
from wandb_registry.doctor.throwaway import Throwaway
from wandb_registry.server.collections import Home, project_of
from wandb_registry.server.errors import (
    Conflict,
    Invalid,
    NotFound,
    NotVisible,
    PermissionDenied,
    ServerError,
)
from wandb_registry.server.links import link_all
from wandb_registry.server.organizations import Organization
from wandb_registry.server.pages import PAGE_INFO, nodes
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry

# Answers that say no; a server that does not answer says nothing.
REFUSALS = (Conflict, Invalid, NotFound, PermissionDenied)

_LINKS = f"""
query DoctorLinks($entity: String!, $project: String!, $name: String!, $cursor: String) {{
  project(name: $project, entityName: $entity) {{
    artifactCollection(name: $name) {{
      id
      artifactMemberships(first: 100, after: $cursor) {{
        {PAGE_INFO} edges {{ node {{ versionIndex aliases {{ alias }} artifact {{ id state }} }} }}
      }}
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A link with all its aliases, also `latest` and vN; `artifact_id` None where its source is gone."""

    version: int
    aliases: frozenset[str]
    artifact_id: str | None


@dataclass(frozen=True)
class Lab:
    """A throwaway registry to try things in."""

    port: Port
    organization: Organization
    made: Throwaway
    registry: Registry
    sources: Sources

    @property
    def home(self) -> Home:
        """Where its collections live."""
        return Home.of(self.organization, self.registry.project)

    def link(self, collection: str, artifact_id: str) -> int:
        """Link one version, in a request of its own; answers its number."""
        index = link_all(self.port, self.home, collection, [artifact_id], size=1)[0]
        if isinstance(index, ServerError):
            raise index
        return index

    def look(self, collection: str) -> tuple[str, tuple[SeenLink, ...]]:
        """The id of a collection, and its links in the order of their numbers."""
        first = self._page(collection, None)
        links = nodes(
            "the links of a throwaway collection",
            lambda cursor: self._page(collection, cursor)["artifactMemberships"],
            first["artifactMemberships"],
        )
        return str(first["id"]), tuple(sorted(map(_seen, links), key=lambda link: link.version))

    def _page(self, collection: str, cursor: str | None) -> dict[str, Any]:
        variables = {"entity": self.home.entity, "project": self.home.project, "name": collection}
        answer = self.port.execute(_LINKS, {**variables, "cursor": cursor})
        found = project_of(answer, self.home).get("artifactCollection")
        if not isinstance(found, dict):
            raise NotVisible(f"the throwaway collection {collection} is not there")
        return found

    def find(self, collection: str, artifact_id: str) -> SeenLink:
        """The link of a version."""
        for link in self.look(collection)[1]:
            if link.artifact_id == artifact_id:
                return link
        raise Invalid("a link that was made does not read back")


@dataclass(frozen=True, slots=True)
class Experiment:
    """Something to try; `answers` are the ids of the questions that it answers."""

    run: Callable[[Lab], Iterator[Finding]]
    answers: tuple[str, ...]
    sources: int = 0  # how many versions it links


def perform(lab: Lab, experiments: Sequence[Experiment]) -> Iterator[Finding]:
    """All findings of the experiments; one that fails leaves its open questions unknown, with the reason."""
    for experiment in experiments:
        answered: set[str] = set()
        reason, advice = "the experiment gave no answer", "Report it, with the report's JSON"
        if experiment.sources > len(lab.sources.ids):
            reason, advice = _too_few(experiment, lab.sources)
        else:
            try:
                for finding in experiment.run(lab):
                    answered.add(finding.id)
                    yield finding
            except ServerError as error:
                reason, advice = (
                    error.message,
                    "Run doctor --write again; if it stays, ask W&B with this text",
                )
        for question in experiment.answers:
            if question not in answered:
                yield QUESTIONS[question].unknown(reason, advice)


def _too_few(experiment: Experiment, sources: Sources) -> tuple[str, str]:
    if sources.problem:
        reason, _, advice = sources.problem.partition(". ")
        return reason, advice
    return f"needs {experiment.sources} versions to link, not {len(sources.ids)}", "Give --source three times"


def _seen(node: dict[str, Any]) -> SeenLink:
    index, aliases, artifact = node.get("versionIndex"), node.get("aliases"), node.get("artifact")
    if not isinstance(index, int):
        raise Invalid("a link has no version index")
    there = isinstance(artifact, dict) and artifact.get("state") != "DELETED"
    return SeenLink(
        version=index,
        aliases=frozenset(str(one["alias"]) for one in aliases) if isinstance(aliases, list) else frozenset(),
        artifact_id=str((artifact or {})["id"]) if there else None,
    )
