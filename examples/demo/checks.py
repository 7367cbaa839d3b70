"""What the demo expects: of outputs, of the exported state, of all files that it leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from examples.demo.steps import StepFailed

# The local server answers every `apiKey` field with a value that begins like this.
CANARY = "canary-"
LONGEST_PROVIDER = 300


def require_words(what: str, output: str, words: Iterable[str]) -> None:
    """StepFailed where an output lacks one of the words."""
    missing = [word for word in words if word not in output]
    if missing:
        raise StepFailed(f"{what} does not say {', '.join(map(repr, missing))}", output)


def check_state(exported: Path, secrets: Sequence[str]) -> int:
    """The number of resources in an exported state, in which no secret stands and no provider is long."""
    text = exported.read_text(encoding="utf-8")
    for secret in (*secrets, CANARY):
        if secret in text:
            raise StepFailed(f"the exported state {exported} holds an API key")
    deployment = json.loads(text)["deployment"]
    resources = deployment.get("resources") or []
    if not resources:
        raise StepFailed(f"the exported state {exported} holds no resources")
    if deployment.get("pending_operations"):
        raise StepFailed(f"the exported state {exported} holds pending operations")
    for provider in _providers(resources):
        if not isinstance(provider, str) or len(provider) >= LONGEST_PROVIDER:
            raise StepFailed(f"__provider is not a text under {LONGEST_PROVIDER} characters in {exported}")
    return len(resources)


def check_files(root: Path, secrets: Sequence[str], own: Sequence[Path]) -> int:
    """The number of files below `root` that were read and hold no secret; `own` are left out."""
    needles = [needle.encode() for needle in (*secrets, CANARY)]
    count = 0
    for folder, folders, names in os.walk(root):  # follows no link: `.venv` is not the demo's
        folders[:] = [name for name in folders if Path(folder, name) not in own]
        for path in (Path(folder, name) for name in names):
            if path in own or not path.is_file() or path.is_symlink():
                continue
            data = path.read_bytes()
            if any(needle in data for needle in needles):
                raise StepFailed(f"{path} holds an API key")
            count += 1
    return count


def _providers(resources: Iterable[dict[str, Any]]) -> Iterator[Any]:
    """The pickled provider in inputs and outputs of every dynamic resource."""
    for resource in resources:
        for part in ("inputs", "outputs"):
            properties = resource.get(part) or {}
            if "__provider" in properties:
                yield properties["__provider"]
