"""Source: the artifact version that a link shows, named by path or, where the path is hidden, by id."""

from __future__ import annotations

from dataclasses import dataclass

from wandb_registry.state.names import REGISTRY_PREFIX, is_version

_BY_ID = "artifact:"


@dataclass(frozen=True, slots=True)
class Source:
    """One immutable artifact version: either a path with a version, or an artifact id."""

    entity: str = ""
    project: str = ""
    name: str = ""
    version: str = ""
    artifact_id: str = ""

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read `entity/project/name:vN` or `artifact:<id>`; ValueError says what is wrong."""
        if text.startswith(_BY_ID):
            artifact_id = text.removeprefix(_BY_ID)
            if not artifact_id:
                raise ValueError("artifact: needs an artifact id behind it")
            return cls(artifact_id=artifact_id)
        path, colon, version = text.rpartition(":")
        parts = path.split("/")
        if not colon or not is_version(version):
            raise ValueError(
                f"{text!r} names no version; a source is entity/project/name:vN (an alias moves)"
            )
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{text!r} is no source; write entity/project/name:vN, or artifact:<id>")
        if parts[1].startswith(REGISTRY_PREFIX):
            raise ValueError(
                f"{text!r} is a link of a registry, not the version itself: write the path where it was "
                "logged, or artifact:<id>"
            )
        return cls(entity=parts[0], project=parts[1], name=parts[2], version=version)

    @property
    def by_id(self) -> bool:
        """Whether only the id is known, because the key could not see the artifact's project."""
        return bool(self.artifact_id)

    def __str__(self) -> str:
        if self.artifact_id:
            return _BY_ID + self.artifact_id
        return f"{self.entity}/{self.project}/{self.name}:{self.version}"
