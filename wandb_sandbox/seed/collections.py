"""One team's content: sequences with versions logged by runs, and the collections that link them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from wandb_sandbox.seed.content import File, files, manifest_digest
from wandb_sandbox.seed.plan import TAGS

if TYPE_CHECKING:
    import random

    from wandb_sandbox.seed.buffer import Buffer
    from wandb_sandbox.seed.people import Team
    from wandb_sandbox.seed.plan import CollectionPlan

VERSIONS_A_RUN = 10
_ALIASES = (("production", 0.4), ("staging", 0.3), ("champion", 0.1))


class Places(NamedTuple):
    """The ids of a team's projects and of their types by name."""

    source: int
    legacy: int
    registry: int
    types: dict[tuple[int, str], int]


class Writer:
    """Writes the collections of one team after another."""

    def __init__(self, buffer: Buffer, draw: random.Random, tags: dict[str, int]) -> None:
        self._buffer = buffer
        self._draw = draw
        self._tags = tags

    def collection(self, plan: CollectionPlan, places: Places, team: Team, shared: int | None) -> int:
        """The collection with its sequence; its first version.

        `shared` is a version of another sequence, which is linked in place of the last.
        """
        source_type = places.types[places.source, plan.kind]
        count = plan.links + (plan.gap is not None)
        sequence = self._collection(places.source, source_type, f"train-{plan.name}", "SEQUENCE", count)
        versions = self._versions(sequence, source_type, count, places.source, team)
        self._links(plan, places, versions, shared)
        return versions[0]

    def _collection(self, project: int, kind: int, name: str, shape: str, next_index: int) -> int:
        stamp = self._buffer.stamp()
        made = self._buffer.make(
            "collections",
            project_id=project,
            type_id=kind,
            name=name,
            kind=shape,
            description=f"About {name}" if self._draw.random() < 0.7 else None,
            next_index=next_index,
            created_at=stamp,
            updated_at=stamp,
        )
        for tag in self._draw.sample(TAGS, self._draw.choice((0, 0, 1, 2))):
            self._buffer.add("collection_tags", collection_id=made, tag_id=self._tags[tag])
        return made

    def _versions(self, sequence: int, kind: int, count: int, project: int, team: Team) -> list[int]:
        made: list[int] = []
        run = 0
        for index in range(count):
            if index % VERSIONS_A_RUN == 0:
                run = self._run(project, team)
            made.append(self._version(sequence, kind, index, run, team))
            aliases = ["latest"] if index == count - 1 else []
            self._member(sequence, made[-1], index, aliases)
            if index and self._draw.random() < 0.1:
                self._buffer.add("run_inputs", run_id=run, artifact_id=made[index - 1], used_as=None)
        return made

    def _run(self, project: int, team: Team) -> int:
        stamp, name = self._buffer.stamp(), f"{self._draw.getrandbits(40):08x}"
        run = self._buffer.make(
            "runs",
            project_id=project,
            user_id=self._draw.choice(team.members).id,
            name=name,
            display_name=f"training-{name[:4]}",
            state="failed" if self._draw.random() < 0.05 else "finished",
            config=json.dumps({"lr": {"value": round(self._draw.uniform(1e-4, 1e-1), 5)}}),
            summary_metrics=json.dumps({"loss": round(self._draw.random(), 4), "_step": 1}),
            host="seed",
            program="train.py",
            created_at=stamp,
            updated_at=stamp,
            heartbeat_at=stamp,
        )
        for step in range(2):
            line = json.dumps({"_step": step, "loss": round(self._draw.random(), 4)})
            self._buffer.add("run_lines", run_id=run, stream="history", position=step, content=line)
        return run

    def _version(self, sequence: int, kind: int, index: int, run: int, team: Team) -> int:
        listed, stamp = files(index), self._buffer.stamp()
        made = self._buffer.make(
            "artifacts",
            sequence_id=sequence,
            type_id=kind,
            version_index=index,
            state="COMMITTED",
            digest=manifest_digest(index),
            digest_algorithm="MANIFEST_MD5",
            description=f"Version {index}" if self._draw.random() < 0.3 else None,
            metadata=json.dumps({"accuracy": round(self._draw.random(), 4), "step": index}),
            size=sum(len(one.content) for one in listed),
            file_count=len(listed),
            run_id=run,
            user_id=team.members[0].id,
            client_id=f"{self._draw.getrandbits(128):032x}",
            created_at=stamp,
            updated_at=stamp,
        )
        self._buffer.add("run_outputs", run_id=run, artifact_id=made)
        self._buffer.make(
            "manifests",
            artifact_id=made,
            name="wandb_manifest.json",
            digest="",
            kind="FULL",
            created_at=stamp,
        )
        for one in listed:
            self._file(made, one)
        if self._draw.random() < 0.1:
            tag = self._tags[self._draw.choice(TAGS)]
            self._buffer.add("artifact_tags", artifact_id=made, tag_id=tag)
        return made

    def _file(self, artifact: int, one: File) -> None:
        size = len(one.content)
        self._buffer.add("artifact_files", artifact_id=artifact, path=one.name, digest=one.md5, size=size)

    def _member(self, collection: int, artifact: int, index: int, aliases: list[str]) -> None:
        made = self._buffer.make(
            "memberships",
            collection_id=collection,
            artifact_id=artifact,
            version_index=index,
            created_at=self._buffer.stamp(),
        )
        for alias in aliases:
            self._buffer.make("aliases", membership_id=made, collection_id=collection, alias=alias)

    def _links(self, plan: CollectionPlan, places: Places, versions: list[int], shared: int | None) -> None:
        project = places.registry if plan.in_registry else places.legacy
        kind = places.types[project, plan.kind]
        target = self._collection(project, kind, plan.name, "PORTFOLIO", len(versions))
        placed = self._aliases(plan, len(versions))
        last = len(versions) - 1
        for index, version in enumerate(versions):
            if index == plan.gap:
                self._buffer.add(
                    "former_links", collection_id=target, artifact_id=version, version_index=index
                )
                continue
            linked = shared if shared is not None and index == last else version
            self._member(target, linked, index, placed.get(index, []))

    def _aliases(self, plan: CollectionPlan, count: int) -> dict[int, list[str]]:
        there = [index for index in range(count) if index != plan.gap]
        found: dict[int, list[str]] = {there[-1]: ["latest"]}
        for alias, share in _ALIASES:
            if self._draw.random() < share:
                found.setdefault(self._draw.choice(there), []).append(alias)
        return found
