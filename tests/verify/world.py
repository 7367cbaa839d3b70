"""An organization on the sandbox with a registry as `up` would leave it, and the files that describe it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from wandb_registry.state.dump import dump_stack
from wandb_registry.state.inventory import (
    Inventory,
    LegacyCollection,
    LegacyLink,
    LegacyTeam,
    OrganizationRecord,
    dump_inventory,
    inventory_path,
)
from wandb_registry.state.models import LegacyOrigin, StackState
from wandb_sandbox.server import Sandbox

KEYS = {name: f"{name}-" + name[0] * 40 for name in ("alice", "bob", "eve")}
ORGANIZATION, ENTITY, TEAM = "Acme Inc", "acme", "fraud"
COLLECTIONS = {"churn": 3, "Zahlung für später": 2}  # links of each
DIGEST = "sha256:" + "0" * 64


@dataclass
class World:
    """Alice is organization admin and made everything; bob is in the team; eve in neither."""

    sandbox: Sandbox
    artifacts: list[str] = field(default_factory=list)  # ids of fraud/train/m:v0, v1, ...
    http: httpx.Client = field(default_factory=httpx.Client)

    @property
    def url(self) -> str:
        return self.sandbox.url

    def setup(self, subject: str, **body: Any) -> None:
        self.http.post(f"{self.url}/db/{subject}", json=body).raise_for_status()

    def graphql(self, query: str, **variables: Any) -> Any:
        """As alice."""
        body = {"query": query, "variables": variables}
        answer = self.http.post(f"{self.url}/graphql", json=body, auth=("api", KEYS["alice"])).json()
        assert not answer.get("errors"), answer
        return answer["data"]

    def mutate(self, field_name: str, returning: str, **wanted: Any) -> Any:
        kind = field_name[0].upper() + field_name[1:]
        query = f"mutation($i: {kind}Input!) {{ {field_name}(input: $i) {{ {returning} }} }}"
        return self.graphql(query, i=wanted)[field_name]

    def build(self) -> None:
        for name, key in KEYS.items():
            self.setup("user", command="up", username=name, password=key)
        self.setup("organization", command="up", orgName=ORGANIZATION, username="alice", entityName=ENTITY)
        names = {"team": {"name": TEAM}, "organization": {"name": ORGANIZATION}}
        self.setup("team", command="up", username="alice", fixtureData=names)
        members = {**names, "members": [{"username": "bob", "role": "member"}]}
        self.setup("team", command="add_members", fixtureData=members)
        people = {"members": [{"username": "eve", "role": "member"}]}
        self.setup("organization", command="add_members", orgName=ORGANIZATION, fixtureData=people)
        self.artifacts = [self.new_version() for _ in range(5)]

    def new_version(self) -> str:
        artifact_id = self.mutate(
            "createArtifact",
            "artifact { id }",
            entityName=TEAM,
            projectName="train",
            artifactTypeName="model",
            artifactCollectionName="m",
            digest=f"digest-{len(self.artifacts)}-{self.sandbox.state.log.total}",
            digestAlgorithm="MANIFEST_MD5",
            aliases=[],
            enableDigestDeduplication=True,
        )["artifact"]["id"]
        self.mutate("commitArtifact", "artifact { id }", artifactID=artifact_id)
        return str(artifact_id)

    def registry(self, name: str, *, collections: dict[str, int] | None = None) -> dict[str, Any]:
        """A restricted registry with the team, alice (its creator) and collections; its stack entry."""
        made = COLLECTIONS if collections is None else collections
        project = self.mutate(
            "upsertModel",
            "project { id }",
            entityName=ENTITY,
            name=f"wandb-registry-{name}",
            access="RESTRICTED",
            description="Models of team fraud",
            artifactTypes=[{"name": "model"}],
            allowAllArtifactTypesInRegistry=False,
        )["project"]["id"]
        team = self.graphql('{ entity(name: "fraud") { id } }')["entity"]["id"]
        self.mutate("createProjectMembers", "success", projectId=project, userIds=[], teamIds=[team])
        self.team_role(project, team, "member")
        return {
            "visibility": "restricted",
            "description": "Models of team fraud",
            "artifact_types": ["model"],
            "members": {"teams": {TEAM: "member"}},
            "collections": {key: self._collection(name, key, count) for key, count in made.items()},
        }

    def team_role(self, project: str, team: str, role: str) -> None:
        self.mutate(
            "updateProjectTeamMember", "success", projectId=project, teamId=team, teamProjectRole=role
        )

    def _collection(self, registry: str, name: str, count: int) -> dict[str, Any]:
        links = {}
        for number, artifact_id in enumerate(self.artifacts[:count]):
            aliases = ["production"] if number == 0 else []
            self.link(registry, name, artifact_id, aliases)
            source = f"{TEAM}/train/m:v{number}"
            links[source] = {"version": f"v{number}", "id": artifact_id, "aliases": aliases}
        self.describe(registry, name, "Predicts")
        self.mutate(
            "createArtifactCollectionTagAssignments",
            "tags { name }",
            **self._place(registry, name),
            tags=[{"tagName": "tabular"}],
        )
        return {"type": "model", "description": "Predicts", "tags": ["tabular"], "links": links}

    def _place(self, registry: str, collection: str) -> dict[str, str]:
        project = f"wandb-registry-{registry}"
        return {"entityName": ENTITY, "projectName": project, "artifactCollectionName": collection}

    def link(self, registry: str, collection: str, artifact_id: str, aliases: list[str]) -> None:
        self.mutate(
            "linkArtifact",
            "versionIndex",
            artifactID=artifact_id,
            entityName=ENTITY,
            projectName=f"wandb-registry-{registry}",
            artifactPortfolioName=collection,
            aliases=[{"artifactCollectionName": collection, "alias": alias} for alias in aliases],
        )

    def unlink(self, registry: str, collection: str, artifact_id: str) -> None:
        portfolio = self._portfolio(registry, collection)
        self.mutate("unlinkArtifact", "success", artifactID=artifact_id, artifactPortfolioID=portfolio)

    def describe(self, registry: str, collection: str, description: str) -> None:
        portfolio = self._portfolio(registry, collection)
        self.mutate(
            "updateArtifactPortfolio",
            "artifactCollection { id }",
            artifactPortfolioID=portfolio,
            description=description,
        )

    def _portfolio(self, registry: str, collection: str) -> str:
        query = (
            "query($p: String!, $e: String!, $c: String!)"
            " { project(name: $p, entityName: $e) { artifactCollection(name: $c) { id } } }"
        )
        found = self.graphql(query, p=f"wandb-registry-{registry}", e=ENTITY, c=collection)
        return str(found["project"]["artifactCollection"]["id"])

    def add_member(self, registry: str, username: str) -> None:
        query = "query($p: String!, $e: String!) { project(name: $p, entityName: $e) { id } }"
        project = self.graphql(query, p=f"wandb-registry-{registry}", e=ENTITY)["project"]["id"]
        search = "query($q: String!) { users(query: $q) { edges { node { id username } } } }"
        users = self.graphql(search, q=username)["users"]["edges"]
        user = next(edge["node"]["id"] for edge in users if edge["node"]["username"] == username)
        self.mutate("createProjectMembers", "success", projectId=project, userIds=[user], teamIds=[])

    def files(self, folder: Path, registries: dict[str, Any], organization: str = ORGANIZATION) -> Path:
        """The stack file and the inventory of these registries, as scan would write them."""
        stack = StackState(
            version=1,
            organization=organization,
            registries=registries,
            legacy=(LegacyOrigin(team=TEAM, digest=DIGEST),),
        )
        path = folder / "fraud.yaml"
        path.write_text(dump_stack(stack), encoding="utf-8")
        inventory_path(path).write_text(dump_inventory(self.inventory(stack)), encoding="utf-8")
        return path

    def inventory(self, stack: StackState) -> Inventory:
        query = "query($n: String!) { organization(name: $n) { id name orgEntity { name } } }"
        found = self.graphql(query, n=ORGANIZATION)["organization"]
        collections = tuple(
            LegacyCollection(
                name=key,
                type=collection.type,
                description=collection.description,
                tags=collection.tags or (),
                target=(name, key),
                links=tuple(
                    LegacyLink(
                        version=link.version or 0,
                        artifact_id=link.id or "",
                        digest=self.digest(link.id or ""),
                        source=source,
                        aliases=link.aliases or (),
                    )
                    for source, link in collection.links.items()
                ),
            )
            for name, registry in stack.registries.items()
            for key, collection in registry.collections.items()
        )
        return Inventory(
            server=self.url,
            organization=OrganizationRecord(
                id=found["id"], name=found["name"], entity=found["orgEntity"]["name"]
            ),
            legacy=(LegacyTeam(team=TEAM, digest=DIGEST, collections=collections),),
        )

    def digest(self, artifact_id: str) -> str:
        return str(
            self.graphql("query($i: ID!) { artifact(id: $i) { digest } }", i=artifact_id)["artifact"][
                "digest"
            ]
        )
