"""A random organization built on the local server, and its own permission engine asked about it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.properties.organizations import BOTS, CUSTOM_ROLES, ENGINEER, RULES, TEAMS, OrganizationSpec
from wandb_registry.access.rights import EVERYTHING, NONE, Right
from wandb_registry.migration.run import Request, run_scan
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.legacy import find_team
from wandb_registry.server.members import list_members
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import GraphQL
from wandb_registry.server.registries import get_registry
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_registry.verify.target import Target, TargetMembers, TargetOrganization, TargetRegistry
from wandb_sandbox.permissions import roles as engine
from wandb_sandbox.permissions.access import Access
from wandb_sandbox.server import Sandbox
from wandb_sandbox.store import people, projects
from wandb_sandbox.store.database import Database
from wandb_sandbox.switches import Switches

_numbers = itertools.count(1)
_RIGHTS = {
    engine.Right.SEE: Right.READ,
    engine.Right.USE: Right.DOWNLOAD,
    engine.Right.WRITE: Right.WRITE,
    engine.Right.PROTECT: Right.PROTECT,
    engine.Right.MANAGE: Right.MANAGE,
}


@dataclass
class Server:
    """One server for all examples; each has an organization of its own."""

    sandbox: Sandbox
    folder: Path
    database: Database

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[Server]:
        """Run it; its store is read by a second connection."""
        with Sandbox(folder) as sandbox:
            database = Database(folder)
            yield cls(sandbox, folder, database)
            database.close()


@dataclass
class Built:
    """One organization; names carry a number, so that examples do not meet."""

    server: Server
    spec: OrganizationSpec
    number: int = field(default_factory=lambda: next(_numbers))

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.server.sandbox.url)
        self._build()
        self.port = GraphQL(api_key_connection(self.server.sandbox.url, self.name(ENGINEER)))
        self.organization: Organization = find_organization(self.port, self.title)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()
        self.port.close()

    @property
    def title(self) -> str:
        """The display name of the organization."""
        return f"Org {self.number}"

    def name(self, short: str) -> str:
        """The name of a person or team; of a person it is the key too."""
        return f"{short}-{self.number}"

    @property
    def everybody(self) -> list[str]:
        """All usernames."""
        return [self.name(person) for person in self.spec.everybody]

    @property
    def acting(self) -> frozenset[str]:
        """Whose key scans and applies: the creator of every registry."""
        return frozenset({self.name(ENGINEER)})

    def scan(self, folder: Path, *, rules: str = RULES) -> tuple[StackState, Inventory]:
        """What scan makes of the teams; the file for people tells what GraphQL does not."""
        csv = folder / f"people-{self.number}.csv"
        rows = [f"{self.name(bot)},{'organization' if bot in self.spec.wide else 'team'}," for bot in BOTS]
        rows += [f"{self.name(person)},,{seat}" for person, seat in self.spec.seats.items()]
        csv.write_text("\n".join(["username,service_account,seat", *rows]) + "\n", encoding="utf-8")
        seats = folder / f"rules-{self.number}.yaml"
        seats.write_text(rules, encoding="utf-8")
        teams = tuple(self.name(team) for team in TEAMS)
        request = Request(self.title, teams, folder / f"stack-{self.number}.yaml", seats, csv)
        mapped = run_scan(self.port, request)
        return mapped.stack, mapped.inventory

    def legacy_rights(self, team: str, person: str) -> Right:
        """What the server lets a person do in the legacy registry of a team."""
        return self._rights(team, "model-registry", person)

    def registry_rights(self, registry: str, person: str) -> Right:
        """What the server lets a person do in a registry."""
        return self._rights(self.organization.entity, f"wandb-registry-{registry}", person)

    def target(self, stack: StackState) -> Target:
        """The registries with their members, as the server shows them."""
        record = self.organization
        registries = {name: self._target(name) for name in stack.registries}
        who = TargetOrganization(record.id, record.name, record.entity)
        return Target(self.server.sandbox.url, who, registries)

    def _target(self, name: str) -> TargetRegistry:
        registry = get_registry(self.port, self.organization, name)
        assert registry is not None
        members = list_members(self.port, self.organization, registry.project)
        teams = {who.name: str(m.role) for who, m in members.items() if who.kind == "team"}
        return TargetRegistry(
            visibility=registry.visibility,
            description=registry.description or "",
            artifact_types="any",
            members=TargetMembers(
                teams=teams,
                users={who.name: str(m.role) for who, m in members.items() if who.kind == "user"},
                people={team: self._people(team) for team in teams},
            ),
            collections={},
        )

    def _people(self, team: str) -> frozenset[str]:
        found = find_team(self.port, self.organization, team)
        return frozenset(member.username for member in found.members if not member.pending)

    def _rights(self, entity: str, project: str, person: str) -> Right:
        database = self.server.database
        owner, user = people.entity(database, entity), people.user(database, person)
        assert owner is not None
        assert user is not None
        found = projects.project(database, owner.id, project)
        assert found is not None
        rights = NONE
        for right in Access(database, user, Switches(), privileged=False).rights(found):
            rights |= _RIGHTS[right]
        return rights & EVERYTHING

    def _build(self) -> None:
        spec = self.spec
        for person in spec.everybody:
            kind = "organization" if person in spec.wide else "team"
            service = {"service": kind} if person in BOTS else {}
            self._call("user", command="up", username=self.name(person), **service)
        self._call("organization", command="up", orgName=self.title, username=self.name(ENGINEER))
        members = [
            {"username": self.name(person), "role": spec.roles[person], "seat": spec.seats[person]}
            for person in spec.roles
        ]
        members += [{"username": self.name(bot), "role": "member"} for bot in BOTS]
        custom = [{"name": name, "inherits": role} for name, role in CUSTOM_ROLES.items()]
        data = {"members": members}
        self._call("organization", command="add_members", orgName=self.title, fixtureData=data)
        self._call("organization", command="custom_roles", orgName=self.title, fixtureData={"roles": custom})
        for team in spec.teams:
            self._team(team)

    def _team(self, short: str) -> None:
        spec, team = self.spec.teams[short], self.name(short)
        data = {"team": {"name": team}, "organization": {"name": self.title}}
        self._call("team", command="up", username=self.name(ENGINEER), fixtureData=data)
        members: list[dict[str, Any]] = [
            {"username": self.name(person), "role": role} for person, role in spec.people.items()
        ]
        members += [{"username": self.name(person), "pending": True} for person in spec.pending]
        admins = [self.name(person) for person in spec.registry_admins]
        self._call(
            "team", command="add_members", fixtureData={**data, "members": members, "registryAdmins": admins}
        )
        self._models(team)
        if spec.protects:
            self._call("team", command="protect", fixtureData={**data, "protectedAliases": ["gold"]})
        roles = [{"username": self.name(who), "role": role} for who, role in spec.project_roles.items()]
        self._call(
            "project",
            command="set",
            entityName=team,
            projectName="model-registry",
            access=spec.access,
            members=roles,
        )

    def _models(self, team: str) -> None:
        """One model with one version."""
        fields = {
            "entityName": team,
            "projectName": "train",
            "artifactTypeName": "model",
            "artifactCollectionName": "net",
            "digest": f"{team}-0",
            "digestAlgorithm": "MANIFEST_MD5",
            "aliases": [],
            "enableDigestDeduplication": False,
        }
        made = self._mutate("createArtifact", fields, "artifact { id }")["artifact"]["id"]
        self._mutate("commitArtifact", {"artifactID": made}, "artifact { id }")
        link = {
            "artifactID": made,
            "entityName": team,
            "projectName": "model-registry",
            "artifactPortfolioName": "net",
            "aliases": [],
        }
        self._mutate("linkArtifact", link, "versionIndex")

    def _mutate(self, name: str, value: dict[str, Any], selection: str) -> dict[str, Any]:
        kind = name[0].upper() + name[1:]
        document = f"mutation($i: {kind}Input!) {{ done: {name}(input: $i) {{ {selection} }} }}"
        body = {"query": document, "variables": {"i": value}}
        answer = self._http.post("/graphql", json=body, auth=("api", self.name(ENGINEER))).json()
        assert not answer.get("errors"), answer
        done: dict[str, Any] = answer["data"]["done"]
        return done

    def _call(self, subject: str, **command: Any) -> None:
        response = self._http.post(f"/db/{subject}", json=command)
        assert response.status_code == 200, response.text
