"""An organization on a local server, filled through its set-up calls and plain documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.port import GraphQL
from wandb_sandbox.server import Sandbox

LEGACY = "model-registry"


def key_of(username: str) -> str:
    """The API key of a user."""
    return username.replace("-", "").ljust(40, "k")


class World:
    """Organization `Acme Inc` (entity `acme`) with root as its admin; teams and models come on demand."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._http = httpx.Client(base_url=sandbox.url)
        self._ports: list[GraphQL] = []
        self.user("root")
        self._set_up("organization", command="up", orgName="Acme Inc", username="root", entityName="acme")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()
        for port in self._ports:
            port.close()

    def user(self, username: str, **fields: Any) -> None:
        """A user whose key is `key_of`."""
        self._set_up("user", command="up", username=username, password=key_of(username), **fields)

    def organization(self, name: str, entity: str) -> None:
        """A further organization."""
        self._set_up("organization", command="up", orgName=name, username="root", entityName=entity)

    def team(self, name: str, people: dict[str, str], organization: str = "Acme Inc") -> None:
        """A team with people by role; `service` makes a service account. The first admin sets it up."""
        for username, role in people.items():
            self.user(username, service="team" if role == "service" else None)
        first = next(username for username, role in people.items() if role == "admin")
        data = {"team": {"name": name}, "organization": {"name": organization}}
        self._set_up("team", command="up", username=first, fixtureData=data)
        members = [
            {"username": username, "role": "member" if role == "service" else role}
            for username, role in people.items()
        ]
        self._set_up("team", command="add_members", fixtureData={**data, "members": members})

    def change_team(self, name: str, command: str, **data: Any) -> None:
        """One of the set-up calls for teams."""
        self._set_up("team", command=command, fixtureData={"team": {"name": name}, **data})

    def join(self, username: str, role: str = "member", seat: str = "full") -> None:
        """Into the organization."""
        data = {"members": [{"username": username, "role": role, "seat": seat}]}
        self._set_up("organization", command="add_members", orgName="Acme Inc", fixtureData=data)

    def leave(self, username: str) -> None:
        """Out of the organization, its teams and registries."""
        data = {"members": [{"username": username}]}
        self._set_up("organization", command="leave", orgName="Acme Inc", fixtureData=data)

    def set_project(self, entity: str, name: str, **fields: Any) -> None:
        """Visibility and members of a project."""
        self._set_up("project", command="set", entityName=entity, projectName=name, **fields)

    def log(
        self, who: str, path: str, versions: int, *, start: int = 0, artifact_type: str = "model"
    ) -> list[str]:
        """Log versions of an artifact, `entity/project/name`; their ids in order."""
        entity, project, name = path.split("/")
        ids = []
        for n in range(start, start + versions):
            value = {
                "entityName": entity,
                "projectName": project,
                "artifactTypeName": artifact_type,
                "artifactCollectionName": name,
                "digest": f"digest-{path}-{n}",
                "digestAlgorithm": "MANIFEST_MD5",
                "aliases": [],
                "enableDigestDeduplication": True,
            }
            made = self.run(who, "createArtifact", "CreateArtifactInput", value, "artifact { id }")
            ids.append(made["artifact"]["id"])
            self.run(who, "commitArtifact", "CommitArtifactInput", {"artifactID": ids[-1]}, "artifact { id }")
        return ids

    def project(self, who: str, path: str) -> None:
        """An empty project, `entity/name`."""
        entity, name = path.split("/")
        value = {"entityName": entity, "name": name}
        self.run(who, "upsertModel", "UpsertModelInput", value, "project { id }")

    def link(
        self, who: str, target: str, artifact_ids: Sequence[str], aliases: dict[int, list[str]] | None = None
    ) -> None:
        """Link versions in order to `entity/project/collection`; `aliases` by their position."""
        entity, project, name = target.split("/")
        for n, artifact_id in enumerate(artifact_ids):
            value = {
                "artifactID": artifact_id,
                "entityName": entity,
                "projectName": project,
                "artifactPortfolioName": name,
                "aliases": [
                    {"artifactCollectionName": name, "alias": alias} for alias in (aliases or {}).get(n, [])
                ],
            }
            self.run(who, "linkArtifact", "LinkArtifactInput", value, "versionIndex")

    def unlink(self, who: str, target: str, artifact_id: str) -> None:
        """Take a version out of `entity/project/collection`."""
        value = {"artifactID": artifact_id, "artifactPortfolioID": self.collection_id(who, target)}
        self.run(who, "unlinkArtifact", "UnlinkArtifactInput", value, "success")

    def describe(self, who: str, target: str, description: str, tags: Sequence[str] = ()) -> None:
        """Description and tags of `entity/project/collection`."""
        value = {"artifactPortfolioID": self.collection_id(who, target), "description": description}
        self.run(who, "updateArtifactPortfolio", "UpdateArtifactPortfolioInput", value, "__typename")
        entity, project, name = target.split("/")
        if tags:
            field = "createArtifactCollectionTagAssignments"
            kind = "CreateArtifactCollectionTagAssignmentsInput"
            value = {
                "entityName": entity,
                "projectName": project,
                "artifactCollectionName": name,
                "tags": [{"tagName": tag} for tag in tags],
            }
            self.run(who, field, kind, value, "__typename")

    def collection_id(self, who: str, target: str) -> str:
        """The server's id of `entity/project/collection`."""
        entity, project, name = target.split("/")
        document = (
            "query($e: String!, $p: String!, $n: String!)"
            " { project(name: $p, entityName: $e) { artifactCollection(name: $n) { id } } }"
        )
        answer = self.execute(who, document, {"e": entity, "p": project, "n": name})
        return str(answer["project"]["artifactCollection"]["id"])

    def run(self, who: str, field: str, kind: str, value: dict[str, Any], selection: str) -> dict[str, Any]:
        """One mutation."""
        document = f"mutation($i: {kind}!) {{ done: {field}(input: $i) {{ {selection} }} }}"
        done: dict[str, Any] = self.execute(who, document, {"i": value})["done"]
        return done

    def execute(self, who: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        """One document with somebody's key; any error fails the test."""
        body = {"query": document, "variables": variables}
        response = self._http.post("/graphql", json=body, auth=("api", key_of(who)))
        answer = response.json()
        assert not answer.get("errors"), answer
        data: dict[str, Any] = answer["data"]
        return data

    def port(self, who: str) -> GraphQL:
        """Our port with somebody's key."""
        port = GraphQL(api_key_connection(self.sandbox.url, key_of(who)), sleep=lambda _: None)
        self._ports.append(port)
        return port

    def _set_up(self, what: str, **body: Any) -> None:
        response = self._http.post(f"/db/{what}", json={k: v for k, v in body.items() if v is not None})
        assert response.status_code == 200, response.text


def fill_demo(world: World) -> None:
    """Two teams with people in every role, and every kind of model that a scan has to name."""
    world.team(
        "fraud",
        {"alice": "admin", "bob": "member", "vera": "view-only", "fraud-bot": "service", "mara": "member"},
    )
    world.team("risk", {"rita": "admin", "bob": "member"})
    world.change_team("fraud", "registry_admins", registryAdmins=["mara"])
    world.change_team("fraud", "protect", protectedAliases=["production"])
    world.user("olaf")
    churn = world.log("alice", "fraud/train/churn-xgb", 4)
    world.link("alice", f"fraud/{LEGACY}/churn", churn, {0: ["stable"], 3: ["candidate", "1.10"]})
    world.describe("alice", f"fraud/{LEGACY}/churn", "Customer churn", ["tabular", "gdpr"])
    world.unlink("alice", f"fraud/{LEGACY}/churn", churn[1])
    empty = world.log("alice", "fraud/train/empty", 1)
    world.link("alice", f"fraud/{LEGACY}/empty", empty)
    world.unlink("alice", f"fraud/{LEGACY}/empty", empty[0])
    odd = world.log("alice", "fraud/train/odd", 2)
    world.link("alice", f"fraud/{LEGACY}/Größe 1", [*odd, churn[0]])
    scores = world.log("rita", "risk/train/scores", 2, artifact_type="scorer")
    world.link("rita", f"risk/{LEGACY}/scores", scores, {1: ["production"]})
