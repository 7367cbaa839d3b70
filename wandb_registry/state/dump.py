"""Writing desired state: deterministic, one line a link, with a header that tells an edited file.

The header's digest is over everything below it, so that scan can tell a file that people have
edited from one that it wrote itself.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import yaml

from wandb_registry.state.models import CollectionState, LinkState, MembersState, RegistryState, StackState

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_HEADER = "# Written by wandb-registry scan; edit and review it freely. Unedited digest: "
_HEADER_LINE = re.compile(re.escape(_HEADER) + r"(sha256:[0-9a-f]{64})\n")


def dump_stack(stack: StackState) -> str:
    """The text of a stack file with its header; the same state gives the same bytes."""
    body = yaml.serialize(_stack(stack), Dumper=_Dumper, allow_unicode=True, width=1_000_000)
    return f"{_HEADER}{_digest(body)}\n{body}"


def is_unedited(text: str) -> bool:
    """Whether a stack file is still exactly what `dump_stack` wrote."""
    match = _HEADER_LINE.match(text)
    return match is not None and match.group(1) == _digest(text[match.end() :])


def _digest(body: str) -> str:
    return "sha256:" + hashlib.sha256(body.encode()).hexdigest()


def _stack(stack: StackState) -> yaml.Node:
    return _mapping(
        {
            "version": _plain("1"),
            "organization": _text(stack.organization),
            "registries": _mapping({name: _registry(r) for name, r in stack.registries.items()}),
            "legacy": _sequence(
                [
                    _mapping({"team": _text(o.team), "digest": _text(o.digest)}, flow=True)
                    for o in stack.legacy
                ]
            ),
            "overrides": _sequence(
                [_mapping({k: _text(v) for k, v in o.model_dump().items()}) for o in stack.overrides]
            ),
        }
    )


def _registry(registry: RegistryState) -> yaml.Node:
    types = registry.artifact_types
    return _mapping(
        {
            "renamed_from": _optional(registry.renamed_from),
            "visibility": _text(registry.visibility),
            "description": _optional(registry.description),
            "artifact_types": _text(types) if isinstance(types, str) else _texts(types),
            "members": _members(registry.members),
            "protected_aliases": _texts(registry.protected_aliases),
            "delete": _text(registry.delete),
            "manage": _text(registry.manage),
            "collections": _mapping({name: _collection(c) for name, c in registry.collections.items()}),
        }
    )


def _members(members: MembersState | None) -> yaml.Node | None:
    if members is None:
        return None
    return _mapping(
        {
            "exclusive": None if members.exclusive is None else _flag(members.exclusive),
            "keep_creator": None if members.keep_creator else _flag(False),
            "missing_principals": _text("warn") if members.missing_principals == "warn" else None,
            "teams": _mapping({name: _text(role) for name, role in members.teams.items()}, flow=True),
            "users": _mapping({name: _text(role) for name, role in members.users.items()}, flow=True),
        }
    )


def _collection(collection: CollectionState) -> yaml.Node:
    return _mapping(
        {
            "type": _text(collection.type),
            "renamed_from": _optional(collection.renamed_from),
            "description": _optional(collection.description),
            "tags": _texts(collection.tags),
            "links": _mapping({source: _link(link) for source, link in collection.links.items()}),
        }
    )


def _link(link: LinkState) -> yaml.Node:
    return _mapping(
        {
            "version": None if link.version is None else _text(f"v{link.version}"),
            "aliases": _texts(link.aliases),
            "id": _optional(link.id),
            "accept_version": None if link.accept_version is None else _text(f"v{link.accept_version}"),
        },
        flow=True,
    )


def _mapping(entries: dict[str, yaml.Node | None], *, flow: bool = False) -> yaml.Node:
    pairs = [(_text(key), node) for key, node in entries.items() if node is not None]
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=flow or not pairs)


def _sequence(items: list[yaml.Node], *, flow: bool = False) -> yaml.Node:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=flow or not items)


def _texts(values: tuple[str, ...] | None) -> yaml.Node | None:
    return None if values is None else _sequence([_text(value) for value in values], flow=True)


def _optional(value: str | None) -> yaml.Node | None:
    return None if value is None else _text(value)


def _text(value: str) -> yaml.Node:
    return yaml.ScalarNode("tag:yaml.org,2002:str", str(value), style="|" if "\n" in value else None)


def _plain(value: str) -> yaml.Node:
    return yaml.ScalarNode("tag:yaml.org,2002:int", value)


def _flag(value: bool) -> yaml.Node:
    return yaml.ScalarNode("tag:yaml.org,2002:bool", "true" if value else "false")
