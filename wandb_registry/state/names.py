"""What W&B accepts as a name, and the names that it gives itself.

Limits are those that the client checks before it sends (facts/wandb.md, section iii).
"""

from __future__ import annotations

import re

LEGACY_PROJECT = "model-registry"
REGISTRY_PREFIX = "wandb-registry-"
# W&B owns their name, description and visibility.
CORE_REGISTRIES = ("model", "models", "dataset", "datasets")

_PROJECT_LIMIT = 128
_REGISTRY_LIMIT = _PROJECT_LIMIT - len(REGISTRY_PREFIX)
_NAME_LIMIT = 128
_FORBIDDEN_IN_PROJECTS = re.compile(r"[/\\#?%:\r\n]")
_FORBIDDEN_IN_TYPES = re.compile(r"[/:]")
_TAG = re.compile(r"[-\w]+( +[-\w]+)*")
_VERSION = re.compile(r"v(0|[1-9][0-9]*)")


def registry_project(registry: str) -> str:
    """The name of the project that holds a registry."""
    return REGISTRY_PREFIX + registry


def is_core_registry(registry: str) -> bool:
    """Whether W&B itself made this registry (Models, Dataset)."""
    return registry.casefold() in CORE_REGISTRIES


def is_version(text: str) -> bool:
    """Whether the text is a version such as v0 or v12."""
    return _VERSION.fullmatch(text) is not None


def version_index(text: str) -> int:
    """The number in a version such as v12; ValueError where it is none."""
    if not is_version(text):
        raise ValueError(f"{text!r} is not a version; write v0, v1, ...")
    return int(text[1:])


def problem_with_registry_name(name: str) -> str | None:
    """What is wrong with a registry's name, or None."""
    if not name or name != name.strip():
        return "a registry's name must not be empty, nor begin or end with a space"
    if _FORBIDDEN_IN_PROJECTS.search(name):
        return "a registry's name must contain none of / \\ # ? % : or a line break"
    if len(name) > _REGISTRY_LIMIT:
        return f"a registry's name has at most {_REGISTRY_LIMIT} characters, this one {len(name)}"
    if name.startswith(REGISTRY_PREFIX):
        return f"leave out the prefix {REGISTRY_PREFIX}: it belongs to the project, not to the name"
    return None


def problem_with_collection_name(name: str) -> str | None:
    """What is wrong with a collection's name, or None."""
    if not name or name != name.strip():
        return "a collection's name must not be empty, nor begin or end with a space"
    if "/" in name or ":" in name:
        return "a collection's name must contain neither / nor :"
    if len(name) > _NAME_LIMIT:
        return f"a collection's name has at most {_NAME_LIMIT} characters, this one {len(name)}"
    return None


def problem_with_alias(alias: str) -> str | None:
    """What is wrong with an alias that somebody declares, or None."""
    if not alias:
        return "an alias must not be empty"
    if alias == "latest":
        return "latest follows the newest link by itself and cannot be declared"
    if is_version(alias):
        return f"{alias} is a version, not an alias: W&B numbers links itself"
    if "/" in alias or ":" in alias:
        return "an alias must contain neither / nor :"
    if len(alias) > _NAME_LIMIT:
        return f"an alias has at most {_NAME_LIMIT} characters, this one {len(alias)}"
    return None


def problem_with_tag(tag: str) -> str | None:
    """What is wrong with a tag, or None."""
    if not _TAG.fullmatch(tag):
        return "a tag is made of letters, digits, - and _, with single words apart by spaces"
    if len(tag) > _NAME_LIMIT:
        return f"a tag has at most {_NAME_LIMIT} characters, this one {len(tag)}"
    return None


def problem_with_artifact_type(artifact_type: str) -> str | None:
    """What is wrong with an artifact type, or None."""
    if not artifact_type:
        return "an artifact type must not be empty"
    if _FORBIDDEN_IN_TYPES.search(artifact_type):
        return "an artifact type must contain neither / nor :"
    if len(artifact_type) > _NAME_LIMIT:
        return f"an artifact type has at most {_NAME_LIMIT} characters, this one {len(artifact_type)}"
    return None
