"""Probes: test people really try what the matrix says, each in a process of its own.

A process of its own, because the `wandb` client keeps answers and its connection for one key. The key
comes from an environment variable that probes.yaml names, goes to the child's environment, and nowhere
else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from wandb_registry.access.matrix import Block, Matrix
from wandb_registry.access.rights import NONE, Right
from wandb_registry.errors import UserError
from wandb_registry.state.document import read_document
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.load import validate
from wandb_registry.state.models import Model, Name, StackState
from wandb_registry.state.names import registry_project

# What is tried, and the column of the matrix that it belongs to.
TRIES = {
    "read": Right.READ,
    "download": Right.DOWNLOAD,
    "link": Right.WRITE,
    "alias": Right.WRITE,
    "protected alias": Right.PROTECT,
    "member change": Right.MANAGE,
}
_SECONDS_A_PERSON = 600
_PEOPLE_AT_ONCE = 3
# What a child gets of the environment: no key but its own, and where programs and settings are.
_DROPPED = ("WANDB_API_KEY", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_SERVICE", "WANDB_ENTITY", "WANDB_PROJECT")

EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class ProbesFile(Model):
    """probes.yaml: test people with the environment variables that hold their keys."""

    version: Annotated[Literal[1], BeforeValidator(lambda value: 1 if value == "1" else value)] = 1
    people: Annotated[dict[Name, EnvironmentName], Field(min_length=1)]
    # registry/collection; left out: every collection of the stack with an origin in the legacy registry.
    collections: Annotated[tuple[Name, ...], BeforeValidator(_tuple)] = ()


class KeyNotSet(UserError):
    """An environment variable that probes.yaml names is not set."""


class UnknownCollection(UserError):
    """probes.yaml names a collection that the stack file has not, or that has no legacy origin."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing tried: `found` is None where it was not, and `reason` says why.

    `nothing`: there was nothing to try it on, which is no doubt about the matrix.
    """

    person: str
    registry: str
    collection: str
    tried: str
    expected: bool
    found: bool | None
    reason: str = ""
    nothing: bool = False

    @property
    def agrees(self) -> bool | None:
        """Whether the server does what the matrix says; None where it could not be tried."""
        return None if self.found is None else self.found == self.expected


def load_probes(path: Path, stack: StackState) -> ProbesFile:
    """The file, with its collections and the variables that it names checked before anything is tried."""
    probes = validate(read_document(path), ProbesFile)
    known = {f"{name}/{key}" for name, state in stack.registries.items() for key in state.collections}
    if unknown := sorted(set(probes.collections) - known):
        raise UnknownCollection(
            f"{path} names {', '.join(unknown)}, which the stack file does not have",
            advice="Write registry/collection as in the stack file",
        )
    for person, variable in probes.people.items():
        if not os.environ.get(variable):
            raise KeyNotSet(
                f"{path}: {variable} is not set, and is to hold the API key of {person}",
                advice="Export the key of that test person; never write it into the file",
            )
    return probes


def run_probes(
    probes: ProbesFile, stack: StackState, inventory: Inventory, matrix: Matrix, base_url: str
) -> Iterator[Probe]:
    """Everything that each person tries, compared with the matrix."""
    targets = _targets(probes, matrix)
    tasks = [_task(stack, inventory, *target) for target in targets]

    def try_as(person: str) -> list[dict[str, object]]:
        return _try_as(person, os.environ[probes.people[person]], base_url, tasks)

    with ThreadPoolExecutor(_PEOPLE_AT_ONCE) as pool:
        for person, answers in zip(probes.people, pool.map(try_as, probes.people), strict=True):
            for (block, path), answer in zip(targets, answers, strict=True):
                yield from _compared(person, block, path, answer)


def _targets(probes: ProbesFile, matrix: Matrix) -> list[tuple[Block, str]]:
    wanted = set(probes.collections)
    return [
        (block, path)
        for block in matrix.blocks
        for path in block.collections.values()
        if not wanted or path in wanted
    ]


def _task(stack: StackState, inventory: Inventory, block: Block, path: str) -> dict[str, object]:
    """What a child needs to know of one collection: names only, no key."""
    registry, _, collection = path.partition("/")
    state = stack.registries[registry]
    protected = [team.protected_aliases for team in inventory.legacy if team.team == block.team]
    return {
        "organization": inventory.organization.name,
        "entity": inventory.organization.entity,
        "registry": registry,
        "project": registry_project(registry),
        "collection": collection,
        "type": state.collections[collection].type,
        "protected": sorted({*(state.protected_aliases or ()), *(a for some in protected for a in some)}),
    }


def _try_as(person: str, key: str, base_url: str, tasks: list[dict[str, object]]) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        environment = _environment(key, base_url, folder)
        try:
            child = subprocess.run(
                [sys.executable, "-m", "wandb_registry.access.probing"],
                input=json.dumps({"person": person, "tasks": tasks}),
                env=environment,
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_SECONDS_A_PERSON,
                check=False,
            )
            answers = json.loads(child.stdout.splitlines()[-1])["answers"]
        except subprocess.TimeoutExpired:
            answers = [{"error": f"took longer than {_SECONDS_A_PERSON} seconds"}] * len(tasks)
        except (ValueError, KeyError, IndexError):
            # What it printed may quote a request, so it is not shown.
            answers = [{"error": f"the process of {person} ended without an answer"}] * len(tasks)
    return list(answers)


def _environment(key: str, base_url: str, folder: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED and value != key}
    places = {f"WANDB_{name}": folder for name in ("DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR")}
    return {
        **kept,
        **places,
        "HOME": folder,
        "NETRC": os.path.join(folder, "netrc"),
        "WANDB_API_KEY": key,
        "WANDB_BASE_URL": base_url,
        "WANDB_SILENT": "true",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_X_GRAPHQL_RETRY_MAX": "3",
    }


def _compared(person: str, block: Block, path: str, answer: Mapping[str, object]) -> Iterator[Probe]:
    _, _, collection = path.partition("/")
    expected = _expected(block, person)
    for name, right in TRIES.items():
        found = answer.get(name)
        one = found if isinstance(found, dict) else {"reason": answer.get("error") or "no answer"}
        allowed = one.get("allowed")
        yield Probe(
            person,
            block.registry,
            collection,
            name,
            right in expected,
            allowed if isinstance(allowed, bool) else None,
            str(one.get("reason") or ""),
            bool(one.get("nothing")),
        )


def _expected(block: Block, person: str) -> Right:
    folded = person.casefold()
    for row in block.rows:
        if folded in {name.casefold() for name in row.people}:
            return row.after.rights
    return NONE
