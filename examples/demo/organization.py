"""Who is there: an organization, two teams, and people in every role."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

# Display name and entity name differ, as they mostly do.
DISPLAY_NAME = "Northwind Labs"
ENTITY = "northwind"

# An organization admin who is in both teams: whose key scans, applies and verifies.
ENGINEER = "petra"

TeamRole = Literal["admin", "member", "view-only"]
Call = tuple[str, dict[str, Any]]  # subject, command


@dataclass(frozen=True)
class Person:
    """Somebody and their role in a team."""

    name: str
    role: TeamRole
    service_account: bool = False
    registry_admin: bool = False
    """Model Registry admin: may touch the team's protected aliases."""


@dataclass(frozen=True)
class Team:
    """A team; the engineer is one of its admins beside these people."""

    name: str
    people: tuple[Person, ...]
    protected_aliases: tuple[str, ...] = ()


FRAUD = Team(
    "fraud",
    (
        Person("alice", "admin"),
        Person("bob", "member"),
        Person("mona", "member", registry_admin=True),
        Person("vera", "view-only"),
        Person("fraud-ci", "member", service_account=True),
    ),
    protected_aliases=("production",),
)
VISION = Team("vision", (Person("dan", "admin"), Person("erin", "member")))
TEAMS = (FRAUD, VISION)

# In the organization and in neither team: sees neither legacy registry, and must see neither new one.
OUTSIDER = "otto"

# In the other team, and given access to a registry by hand later on.
STRANGER = "erin"


def new_api_key() -> str:
    """A key as the client demands it: 40 characters."""
    return secrets.token_hex(20)


def set_up_calls(api_key: str) -> Iterator[Call]:
    """The set-up calls in their order; `api_key` becomes the engineer's."""
    yield "user", {"command": "up", "username": ENGINEER, "password": api_key}
    for person in (person for team in TEAMS for person in team.people):
        service = {"service": "team"} if person.service_account else {}
        yield "user", {"command": "up", "username": person.name, **service}
    yield "user", {"command": "up", "username": OUTSIDER}
    yield (
        "organization",
        {"command": "up", "orgName": DISPLAY_NAME, "entityName": ENTITY, "username": ENGINEER},
    )
    members = {"members": [{"username": OUTSIDER, "role": "member"}]}
    yield "organization", {"command": "add_members", "orgName": DISPLAY_NAME, "fixtureData": members}
    for team in TEAMS:
        yield from _team(team)


def _team(team: Team) -> Iterator[Call]:
    named = {"team": {"name": team.name}}
    organization = {"organization": {"name": DISPLAY_NAME}}
    yield "team", {"command": "up", "username": ENGINEER, "fixtureData": named | organization}
    members = [{"username": person.name, "role": person.role} for person in team.people]
    yield "team", {"command": "add_members", "fixtureData": {**named, "members": members}}
    admins = [person.name for person in team.people if person.registry_admin]
    if admins:
        yield "team", {"command": "registry_admins", "fixtureData": {**named, "registryAdmins": admins}}


def protect_calls() -> Iterator[Call]:
    """The protected aliases, once the models are there: afterwards only Model Registry admins put them."""
    for team in TEAMS:
        if team.protected_aliases:
            data = {"team": {"name": team.name}, "protectedAliases": list(team.protected_aliases)}
            yield "team", {"command": "protect", "fixtureData": data}
