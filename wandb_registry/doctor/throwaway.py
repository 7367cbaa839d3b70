"""The throwaway registry, and the scratch project beside it: made, found again by name, and removed.

Both carry one random name, which is chosen before the first request: what a request made whose answer
never came is removed by it. A run that was killed leaves them; the next one with the same key finds
them by name and description.
"""

from __future__ import annotations

import re
import secrets
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from wandb_registry.errors import UserError
from wandb_registry.server.errors import ServerError
from wandb_registry.server.members import Principal, list_members
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import (
    Registry,
    create_registry,
    delete_registry,
    get_registry,
    list_registries,
)
from wandb_registry.state.models import Visibility
from wandb_registry.state.roles import Role

DESCRIPTION = "Throwaway registry of wandb-registry doctor; safe to delete"
ARTIFACT_TYPE = "model"

_NAME = re.compile(r"doctor-[0-9a-f]{12}")
_PROJECT = "query DoctorProject($e: String!, $p: String!) { project(name: $p, entityName: $e) { id } }"
_CREATE_PROJECT = """
mutation DoctorScratch($input: UpsertModelInput!) { upsertModel(input: $input) { project { id } } }
"""


class LeftBehind(UserError):
    """Something that doctor made could not be removed."""


def new_name() -> str:
    """A name that nobody else has."""
    return f"doctor-{secrets.token_hex(6)}"


@dataclass
class Throwaway:
    """Everything that one run makes under its name, so that all of it can be removed."""

    port: Port
    organization: Organization
    name: str = field(default_factory=new_name)
    names: list[str] = field(default_factory=list)  # of registries that there may be
    ids: dict[str, str] = field(default_factory=dict)  # of those that there are, by their first name
    projects: list[str] = field(default_factory=list)  # teams that hold a scratch project of that name

    def create(self, visibility: Visibility = "restricted", artifact_type: str = ARTIFACT_TYPE) -> Registry:
        """A further registry for one type; the first has the run's own name."""
        name = self.name if not self.names else new_name()
        self.names.append(name)
        registry = create_registry(
            self.port,
            self.organization,
            name,
            visibility=visibility,
            description=DESCRIPTION,
            artifact_types=(artifact_type,),
        )
        self.ids[name] = registry.id
        return registry

    def delete(self, registry_id: str) -> None:
        """Delete one registry."""
        delete_registry(self.port, registry_id)
        self.ids = {name: one for name, one in self.ids.items() if one != registry_id}

    def create_project(self, team: str) -> None:
        """A scratch project in a team."""
        self.projects.append(team)
        value = {"entityName": team, "name": self.name, "description": DESCRIPTION}
        self.port.execute(_CREATE_PROJECT, {"input": value})

    def remove(self) -> None:
        """Remove everything; LeftBehind names what stays, after all has been tried."""
        # Projects first: the next run finds them by the name of their registry. A server that keeps a
        # project as long as its versions are linked is asked again afterwards.
        self.remove_projects()
        problems = [*self._remove_registries(), *self.remove_projects()]
        if problems:
            raise LeftBehind(
                f"could not be removed: {'; '.join(problems)}",
                advice="Run doctor --write again with the same key, or delete it in the W&B app",
            )

    def _remove_registries(self) -> list[str]:
        problems: dict[str, str] = {}
        for name in self.names:
            try:
                found = get_registry(self.port, self.organization, name)
                if found is not None and found.description == DESCRIPTION:
                    self.delete(found.id)
            except ServerError as error:
                problems[name] = error.message
        # Made for certain, and not seen under its name: hidden from its own creator.
        for name, registry_id in list(self.ids.items()):
            try:
                self.delete(registry_id)
            except ServerError as error:
                problems.setdefault(name, error.message)
        return [f"registry {name} ({message})" for name, message in problems.items()]

    def remove_projects(self) -> list[str]:
        """Remove the scratch projects; answers what stays, with the reason."""
        problems = []
        for team in list(self.projects):
            try:
                remove_project(self.port, team, self.name)
                self.projects.remove(team)
            except ServerError as error:
                problems.append(f"project {team}/{self.name} ({error.message})")
        return problems


def remove_project(port: Port, team: str, name: str) -> None:
    """Delete a scratch project, where it is there."""
    project = port.execute(_PROJECT, {"e": team, "p": name}).get("project")
    if isinstance(project, dict):
        delete_registry(port, str(project["id"]))


def left_over(port: Port, organization: Organization) -> list[Registry]:
    """The throwaway registries that earlier runs left and that this key can see."""
    return [
        registry
        for registry in list_registries(port, organization)
        if _NAME.fullmatch(registry.name) and registry.description == DESCRIPTION
    ]


def remove_left_over(
    port: Port, organization: Organization, found: Sequence[Registry], username: str, teams: Sequence[str]
) -> list[Registry]:
    """Remove those that this key's person made, with their projects; answers the others.

    Those of other people may belong to a run that still goes on.
    """
    others = []
    for registry in found:
        members = list_members(port, organization, registry.project)
        mine = members.get(Principal("user", username))
        if mine is None or mine.role is not Role.ADMIN:
            others.append(registry)
            continue
        for entity in (*teams, username):
            remove_project(port, entity, registry.name)
        delete_registry(port, registry.id)
    return others


@contextmanager
def throwaway(port: Port, organization: Organization) -> Iterator[Throwaway]:
    """Something to make throwaway things with; they are removed at the end, also after Ctrl-C or a stop."""
    made = Throwaway(port, organization)
    with _stop_is_an_interrupt():
        try:
            yield made
        finally:
            with _uninterrupted():
                made.remove()


@contextmanager
def _stop_is_an_interrupt() -> Iterator[None]:
    """A polite kill (SIGTERM) ends as Ctrl-C does, so that it cleans up too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handled(signal.SIGTERM, interrupt):
        yield


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until everything is removed."""
    with _handled(signal.SIGINT, signal.SIG_IGN), _handled(signal.SIGTERM, signal.SIG_IGN):
        yield


@contextmanager
def _handled(number: signal.Signals, handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only the main thread may
        yield
        return
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
