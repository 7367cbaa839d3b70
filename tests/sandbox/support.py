"""An organization of its own for each test, on a shared server, and short ways to ask it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from wandb_sandbox.server import Sandbox

_numbers = itertools.count(1)

REGISTRY = """mutation($i: UpsertModelInput!) {
  upsertModel(input: $i) { inserted
  project { id name access artifactTypes { edges { node { id name } } } } } }"""
CREATE = "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id state } } }"
COMMIT = "mutation($i: CommitArtifactInput!) { commitArtifact(input: $i) { artifact { id versionIndex } } }"
LINK = """mutation($i: LinkArtifactInput!) {
  linkArtifact(input: $i) { versionIndex artifactMembership { id versionIndex aliases { alias } } } }"""
UNLINK = "mutation($i: UnlinkArtifactInput!) { unlinkArtifact(input: $i) { success } }"
COLLECTION = """query($e: String!, $p: String!, $c: String!) { project(name: $p, entityName: $e) {
  artifactCollection(name: $c) { id __typename name description aliases { edges { node { alias } } }
    tags { edges { node { name } } }
    artifactMemberships(first: 1000) { totalCount
      edges { node { versionIndex aliases { alias } artifact { id } } } }
  } } }"""


@dataclass(frozen=True)
class Answer:
    """Status and parsed body of a GraphQL answer."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def code(self) -> str:
        """The code of the first error."""
        return self.body["errors"][0]["extensions"]["code"]

    @property
    def message(self) -> str:
        """The text of the first error."""
        return self.body["errors"][0]["message"]


class World:
    """One organization with the team of `admin`, who is also its organization admin."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http
        self.number = next(_numbers)
        self.organization = f"Org {self.number}"
        self.entity = f"org-{self.number}-org"
        self.team = f"team-{self.number}"
        self.admin = self.user("admin")
        self.setup(
            "team",
            command="up",
            username=self.name("admin"),
            fixtureData={"team": {"name": self.team}, "organization": {"name": self.organization}},
        )

    def name(self, short: str) -> str:
        """A name that is of this test alone."""
        return f"{short}-{self.number}"

    def setup(self, subject: str, **body: Any) -> dict[str, Any]:
        """A set-up call that must succeed."""
        answer = self.http.post(f"/db/{subject}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def user(self, short: str, *, role: str | None = None, team: str | None = None, **more: Any) -> str:
        """A user of that short name (in the organization with `role`, in the team with `team`); its key."""
        key = f"{self.name(short)}-{'k' * 40}"
        self.setup("user", command="up", username=self.name(short), password=key, **more)
        member = {"username": self.name(short)}
        if role:
            data = {"members": [{**member, "role": role}]}
            self.setup("organization", command="add_members", orgName=self.organization, fixtureData=data)
        if team:
            data = {"team": {"name": self.team}, "members": [{**member, "role": team}]}
            self.setup("team", command="add_members", fixtureData=data)
        return key

    def ask(self, document: str, key: str | None = None, **variables: Any) -> Answer:
        """A GraphQL request with the admin's key, or another."""
        body = {"query": document, "variables": variables, "operationName": ""}
        answer = self.http.post("/graphql", json=body, auth=("api", key or self.admin))
        return Answer(answer.status_code, answer.json())

    def do(self, document: str, key: str | None = None, **inputs: Any) -> Answer:
        """A mutation with one input `$i`."""
        return self.ask(document, key, i=inputs)

    def user_id(self, short: str) -> str:
        """The global id of a user."""
        found = self.ask(
            "query($q: String) { users(query: $q) { edges { node { id username } } } }", q=self.name(short)
        )
        return found.data["users"]["edges"][0]["node"]["id"]

    def registry(self, short: str = "models", key: str | None = None, **more: Any) -> dict[str, Any]:
        """A restricted registry for type model, unless told otherwise; its project."""
        wanted = {"access": "RESTRICTED", "artifactTypes": [{"name": "model"}], **more}
        answer = self.do(REGISTRY, key, entityName=self.entity, name=f"wandb-registry-{short}", **wanted)
        return answer.data["upsertModel"]["project"]

    def version(self, digest: str = "d0", collection: str = "clf", kind: str = "model", **more: Any) -> str:
        """A committed version without files in the team's project `train`; its id."""
        wanted = {
            "entityName": self.team,
            "projectName": "train",
            "artifactTypeName": kind,
            "artifactCollectionName": collection,
            "digest": digest,
            "digestAlgorithm": "MANIFEST_MD5",
            "enableDigestDeduplication": True,
            **more,
        }
        made = self.do(CREATE, **wanted).data["createArtifact"]["artifact"]["id"]
        return self.do(COMMIT, artifactID=made).data["commitArtifact"]["artifact"]["id"]

    def link(
        self,
        artifact: str,
        collection: str = "c",
        aliases: tuple[str, ...] = (),
        project: str = "wandb-registry-models",
        entity: str | None = None,
        key: str | None = None,
    ) -> Answer:
        """Link a version."""
        return self.do(
            LINK,
            key,
            artifactID=artifact,
            entityName=entity or self.entity,
            projectName=project,
            artifactPortfolioName=collection,
            aliases=[{"artifactCollectionName": collection, "alias": alias} for alias in aliases],
        )

    def collection(
        self,
        name: str = "c",
        project: str = "wandb-registry-models",
        entity: str | None = None,
        key: str | None = None,
    ) -> dict[str, Any] | None:
        """The collection with all its memberships, or None."""
        found = self.ask(COLLECTION, key, e=entity or self.entity, p=project, c=name).data["project"]
        return found and found["artifactCollection"]

    def versions(
        self, name: str = "c", project: str = "wandb-registry-models", entity: str | None = None
    ) -> list[Any]:
        """Index, artifact and aliases (without vN) of each link of a collection."""
        found = self.collection(name, project, entity)
        assert found is not None
        nodes = [edge["node"] for edge in found["artifactMemberships"]["edges"]]
        return [
            (
                node["versionIndex"],
                node["artifact"]["id"],
                sorted(a["alias"] for a in node["aliases"] if a["alias"] != f"v{node['versionIndex']}"),
            )
            for node in nodes
        ]
