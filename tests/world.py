"""A small organization on a sandbox, made through its set-up calls and GraphQL alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from wandb_registry.server.collections import Home
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.links import Link, list_links
from wandb_registry.server.members import Principal, list_members
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import GraphQL
from wandb_registry.server.registries import Registry, create_registry, get_registry
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.roles import Role

_numbers = itertools.count(1)

_CREATE_ARTIFACT = """
mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }
"""
_COMMIT = "mutation($i: CommitArtifactInput!) { commitArtifact(input: $i) { artifact { id versionIndex } } }"


@dataclass
class World:
    """One organization with a team `fraud` of its own and an organization admin `root`."""

    url: str
    number: int = field(default_factory=lambda: next(_numbers))

    def __post_init__(self) -> None:
        self.call("user", command="up", username=self.user("root"))
        self.call("organization", command="up", orgName=self.name, username=self.user("root"))
        self.team_up("fraud", "root")
        self.ports: list[GraphQL] = []
        self.port = self.as_user("root")
        self.organization: Organization = find_organization(self.port, self.name)

    @property
    def name(self) -> str:
        return f"Acme {self.number}"

    def user(self, name: str) -> str:
        """The username, unique to this world; it is long enough to be the user's key."""
        return f"{name}-{self.number}-" + "k" * 40

    def team(self, name: str) -> str:
        return f"{name}-{self.number}"

    def as_user(self, name: str, **options: Any) -> GraphQL:
        port = GraphQL(api_key_connection(self.url, self.user(name)), sleep=lambda _: None, **options)
        self.ports.append(port)
        return port

    def close(self) -> None:
        for port in self.ports:
            port.close()

    def call(self, what: str, **body: Any) -> None:
        response = httpx.post(f"{self.url}/db/{what}", json=body)
        assert response.status_code == 200, response.text

    def team_up(self, name: str, admin: str) -> None:
        fixture = {"team": {"name": self.team(name)}, "organization": {"name": self.name}}
        self.call("team", command="up", username=self.user(admin), fixtureData=fixture)

    def person(self, name: str, *, team: str | None = None, role: str = "member") -> str:
        """Somebody in the organization, and in a team where one is given; answers the username."""
        self.call("user", command="up", username=self.user(name))
        member = {"members": [{"username": self.user(name), "role": "member"}]}
        self.call("organization", command="add_members", orgName=self.name, fixtureData=member)
        if team:
            fixture = {
                "team": {"name": self.team(team)},
                "organization": {"name": self.name},
                "members": [{"username": self.user(name), "role": role}],
            }
            self.call("team", command="add_members", username=self.user("root"), fixtureData=fixture)
        return self.user(name)

    def leave(self, name: str) -> None:
        """Somebody leaves the organization, with its teams and registries."""
        member = {"members": [{"username": self.user(name)}]}
        self.call("organization", command="leave", orgName=self.name, fixtureData=member)

    def artifacts(self, name: str, count: int) -> list[str]:
        """Versions of one artifact of team fraud; answers their ids."""
        ids = []
        for number in range(count):
            value = {
                "entityName": self.team("fraud"),
                "projectName": "train",
                "artifactTypeName": "model",
                "artifactCollectionName": name,
                "digest": f"{name}-{number}",
                "digestAlgorithm": "MANIFEST_MD5",
                "aliases": [],
                "enableDigestDeduplication": False,
            }
            created = self.port.execute(_CREATE_ARTIFACT, {"i": value})["createArtifact"]["artifact"]["id"]
            self.port.execute(_COMMIT, {"i": {"artifactID": created}})
            ids.append(created)
        return ids

    def source(self, name: str, version: int) -> str:
        return f"{self.team('fraud')}/train/{name}:v{version}"

    def registry(self, name: str = "models") -> Registry:
        """A restricted registry for models."""
        return create_registry(
            self.port,
            self.organization,
            name,
            visibility="restricted",
            description=None,
            artifact_types=("model",),
        )

    def home(self, name: str = "models") -> Home:
        return Home.of(self.organization, f"wandb-registry-{name}")

    def links(self, collection: str, registry: str = "models") -> dict[str, Link]:
        found = list_links(self.port, self.home(registry), collection)
        assert found is not None
        return found[1]

    def members(self, registry: str = "models") -> dict[Principal, Role]:
        live = get_registry(self.port, self.organization, registry)
        assert live is not None
        return {p: m.role for p, m in list_members(self.port, self.organization, live.project).items()}


def entry(
    order: int, source: str, version: int | None = None, *aliases: str, managed: bool = True
) -> LinkEntry:
    """An entry with exactly these aliases, or, not managed, with none said."""
    return LinkEntry(order, source, version, tuple(aliases) if managed else None)
