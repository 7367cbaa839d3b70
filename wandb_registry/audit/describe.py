"""A mutation in words: which object, what it was before as far as it was read, what it is to be.

One entry for each mutation that `wandb_registry.server` sends; any other is described by its input, so
that a new one is never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wandb_registry.audit.seen import Fact, Seen

Input = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Description:
    """What one write does to one object; `before` and `after` None where it is not there or not known."""

    object: str
    before: Any = None
    after: Any = None


Describer = Callable[[Input, Seen], Iterator[Description]]


def describe(field: str, given: Input, seen: Seen) -> list[Description]:
    """The writes of one mutation; several where it adds or removes several members."""
    describer = _DESCRIBERS.get(field, _unknown)
    return list(describer(given, seen))


def _unknown(given: Input, _seen: Seen) -> Iterator[Description]:
    yield Description("server", None, dict(given))


def _place(given: Input, name: object) -> str:
    return f"{given.get('entityName')}/{given.get('projectName')}/{name}"


def _registry(given: Input, seen: Seen) -> Iterator[Description]:
    before = seen.get("registry name", given.get("name"))
    after = {key: value for key, value in given.items() if key not in ("entityName", "name")}
    yield Description(f"registry {given.get('entityName')}/{given.get('name')}", before, after)


def _rename_registry(given: Input, _seen: Seen) -> Iterator[Description]:
    old, new = given.get("oldProjectName"), given.get("newProjectName")
    yield Description(f"registry {given.get('entityName')}/{old}", {"name": old}, {"name": new})


def _delete_registry(given: Input, seen: Seen) -> Iterator[Description]:
    before = seen.get("registry", given.get("id"))
    yield Description(_named("registry", before, given.get("id")), before)


def _create_collection(given: Input, _seen: Seen) -> Iterator[Description]:
    after = {key: given[key] for key in ("artifactTypeID", "description") if key in given}
    yield Description(f"collection {_place(given, given.get('name'))}", None, after)


def _create_type(given: Input, _seen: Seen) -> Iterator[Description]:
    yield Description(f"artifact type {_place(given, given.get('name'))}", None, {"name": given.get("name")})


def _update_collection(given: Input, seen: Seen) -> Iterator[Description]:
    known = given.get("artifactPortfolioID")
    before = seen.get("collection", known)
    after = {key: value for key, value in given.items() if key != "artifactPortfolioID"}
    yield Description(_named("collection", before, known), _only(before, after), after)


def _delete_collection(given: Input, seen: Seen) -> Iterator[Description]:
    before = seen.get("collection", given.get("artifactPortfolioID"))
    yield Description(_named("collection", before, given.get("artifactPortfolioID")), before)


def _tags(*, add: bool) -> Describer:
    def tags(given: Input, seen: Seen) -> Iterator[Description]:
        name = given.get("artifactCollectionName")
        fact = seen.get("collection name", name) or {}
        before = list(fact.get("tags") or ())
        named = [tag.get("tagName") for tag in given.get("tags") or ()]
        after = [*before, *named] if add else [tag for tag in before if tag not in named]
        seen.note("collection name", name, {**fact, "tags": after})
        yield Description(f"collection {_place(given, name)}", {"tags": before}, {"tags": after})

    return tags


def _link(given: Input, seen: Seen) -> Iterator[Description]:
    artifact = given.get("artifactID")
    place = _place(given, given.get("artifactPortfolioName"))
    after = {"linked": True, "aliases": list(given.get("aliases") or ())}
    yield Description(f"link {place} {artifact}", seen.get("link", artifact), after)


def _unlink(given: Input, seen: Seen) -> Iterator[Description]:
    artifact, portfolio = given.get("artifactID"), given.get("artifactPortfolioID")
    collection = _named("collection", seen.get("collection", portfolio), portfolio)
    yield Description(f"link {collection} {artifact}", seen.get("link", artifact))


def _aliases(*, add: bool) -> Describer:
    def aliases(given: Input, seen: Seen) -> Iterator[Description]:
        artifact = given.get("artifactID")
        named = [entry.get("alias") for entry in given.get("aliases") or ()]
        first: Input = next(iter(given.get("aliases") or ()), {})
        before = list((seen.get("link", artifact) or {}).get("aliases") or ())
        after = sorted({*before, *named}) if add else [alias for alias in before if alias not in named]
        place = _place(first, first.get("artifactCollectionName"))
        yield Description(f"link {place} {artifact}", {"aliases": before}, {"aliases": after})

    return aliases


def _members(*, add: bool) -> Describer:
    def members(given: Input, seen: Seen) -> Iterator[Description]:
        for member in [*(given.get("userIds") or ()), *(given.get("teamIds") or ())]:
            before = seen.get("member", member)
            who = _who(seen, member)
            after = {"role": "the server's default"} if add else None
            yield Description(f"member {who} of {_home(given, seen)}", _only(before, {"role": ""}), after)

    return members


def _role(person: str, role: str) -> Describer:
    def set_role(given: Input, seen: Seen) -> Iterator[Description]:
        before = seen.get("member", given.get(person))
        who = _who(seen, given.get(person))
        after = {"role": given.get(role)}
        yield Description(f"member {who} of {_home(given, seen)}", _only(before, after), after)

    return set_role


def _who(seen: Seen, member: object) -> str:
    fact = seen.get("member", member) or seen.get("person", member) or {}
    return str(fact.get("who") or member)


def _home(given: Input, seen: Seen) -> str:
    return _named("registry", seen.get("registry", given.get("projectId")), given.get("projectId"))


def _named(kind: str, fact: Fact | None, known: object) -> str:
    return f"{kind} {fact['name']}" if fact and fact.get("name") else f"{kind} {known}"


def _only(before: Fact | None, after: Mapping[str, Any]) -> Fact | None:
    return None if before is None else {key: before.get(key) for key in after}


_DESCRIBERS: dict[str, Describer] = {
    "upsertModel": _registry,
    "renameProject": _rename_registry,
    "deleteModel": _delete_registry,
    "createArtifactPortfolio": _create_collection,
    "createArtifactType": _create_type,
    "updateArtifactPortfolio": _update_collection,
    "deleteArtifactPortfolio": _delete_collection,
    "createArtifactCollectionTagAssignments": _tags(add=True),
    "deleteArtifactCollectionTagAssignments": _tags(add=False),
    "linkArtifact": _link,
    "unlinkArtifact": _unlink,
    "addAliases": _aliases(add=True),
    "deleteAliases": _aliases(add=False),
    "createProjectMembers": _members(add=True),
    "deleteProjectMembers": _members(add=False),
    "updateProjectMember": _role("userId", "userProjectRole"),
    "updateProjectTeamMember": _role("teamId", "teamProjectRole"),
}
