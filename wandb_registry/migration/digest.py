"""The digest of what was scanned of a team: equal as long as nobody writes to its legacy registry.

It is over everything that scan reads, without the block that we ourselves put into the description
of a moved model to point to its new place.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from wandb_registry.migration.facts import LegacyModel, TeamFacts, Version
from wandb_registry.state.inventory import Person

POINTER_BEGIN = "<!-- wandb-registry: moved -->"
POINTER_END = "<!-- wandb-registry: end -->"
_OF_PEOPLE = {"username", "id", "team_role", "service_account", "registry_admin"}
_POINTER = re.compile(rf"\s*{re.escape(POINTER_BEGIN)}.*?{re.escape(POINTER_END)}\s*", re.DOTALL)


def digest_of(facts: TeamFacts) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    text = json.dumps(_team(facts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def without_pointer(description: str | None) -> str | None:
    """A description without our pointer block; None where nothing else is left."""
    if description is None:
        return None
    return _POINTER.sub("", description) or (None if POINTER_BEGIN in description else description)


def _team(facts: TeamFacts) -> dict[str, Any]:
    models = None if facts.models is None else [_model(model) for model in facts.models]
    return {
        "team": facts.team,
        "people": [_person(person) for person in facts.people],
        "pending": facts.pending,
        "admins_known": facts.admins_known,
        "protected_aliases": facts.protected_aliases,
        "models": models,
    }


def _person(person: Person) -> dict[str, Any]:
    """What was read of people from the first; newer fields count where they say something."""
    changed = person.model_dump(mode="json", include={"invited", "project_role"}, exclude_defaults=True)
    return person.model_dump(mode="json", include=_OF_PEOPLE) | changed


def _model(model: LegacyModel) -> list[Any]:
    versions = [_version(version) for version in model.versions]
    return [model.name, model.type, without_pointer(model.description), model.tags, versions]


def _version(version: Version) -> list[Any]:
    source = None if version.source is None else str(version.source)
    flags = [version.gone, version.latest]
    return [version.number, version.artifact_id, version.digest, source, version.aliases, flags]
