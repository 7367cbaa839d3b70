"""What one operation needs to have an answer: a registry with a link, a run with a version, people."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.sandbox.conformance.documents import core_documents

if TYPE_CHECKING:
    from tests.sandbox.support import World


class Ground:
    """A world in which each thing is made when it is first asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.train = {"entity": world.team, "project": "train"}
        self.registry_path = {"entity": world.entity, "project": "wandb-registry-models"}
        self.train_input = {"entityName": world.team, "projectName": "train"}
        self.registry_input = {"entityName": world.entity, "projectName": "wandb-registry-models"}

    def core(self, name: str, /, **variables: Any) -> Any:
        """Send one of wandb-core's documents."""
        return self.world.ask(core_documents()[name], **variables).data

    @cached_property
    def registry(self) -> str:
        """Id of the registry `models`."""
        return str(self.world.registry()["id"])

    @cached_property
    def version(self) -> str:
        """Id of train/clf:v0, which has an alias and a tag."""
        aliases = [{"artifactCollectionName": "clf", "alias": "best"}]
        return self.world.version(clientID="client-1", aliases=aliases, tags=[{"tagName": "t"}])

    @cached_property
    def linked(self) -> str:
        """The version, linked as c:v0 with the alias prod."""
        assert self.registry
        self.world.link(self.version, "c", ("prod",)).data  # noqa: B018
        return self.version

    @cached_property
    def portfolio(self) -> str:
        """Id of the collection c."""
        assert self.linked
        found = self.world.collection()
        assert found is not None
        return str(found["id"])

    @cached_property
    def sequence(self) -> str:
        """Id of the sequence clf."""
        assert self.version
        found = self.world.collection("clf", "train", self.world.team)
        assert found is not None
        return str(found["id"])

    @cached_property
    def run(self) -> str:
        """Id of the run r1, which has a history, a console, and the version as output and input."""
        answer = self.core(
            "UpsertBucket", name="r1", project="train", entity=self.world.team, config='{"a": {"value": 1}}'
        )
        history = [json.dumps({"_step": step, "loss": 1 / (step + 1)}) for step in range(3)]
        console = ["2026-01-01T00:00:00.000000 first\n", "ERROR 2026-01-01T00:00:01.000000 second\n"]
        files = {
            "wandb-history.jsonl": {"offset": 0, "content": history},
            "output.log": {"offset": 0, "content": console},
        }
        path = f"/files/{self.world.team}/train/r1/file_stream"
        sent = self.world.http.post(path, json={"files": files}, auth=("api", self.world.admin))
        assert sent.status_code == 200
        self._from_run("first")
        use = {**self.train_input, "runName": "r1", "artifactID": self.version}
        self.core("UseArtifact", input={**use, "usedAs": None, "artifactEntityName": None})
        return str(answer["upsertBucket"]["bucket"]["id"])

    def _from_run(self, digest: str) -> str:
        return self.world.version(digest, "from-run", runName="r1")

    @cached_property
    def by_run(self) -> str:
        """Id of a version that the run logged."""
        assert self.run
        return self._from_run("second")

    @cached_property
    def pending(self) -> str:
        """Id of a version that is not committed."""
        wanted = {
            **self.train_input,
            "artifactTypeName": "model",
            "artifactCollectionName": "clf",
            "digest": "p",
            "digestAlgorithm": "MANIFEST_MD5",
        }
        return str(self.core("CreateArtifact", input=wanted)["createArtifact"]["artifact"]["id"])

    @cached_property
    def manifest(self) -> str:
        """Id of the announced manifest of `pending`."""
        return str(
            self.core(
                "CreateArtifactManifest",
                **self.manifest_variables,
            )["createArtifactManifest"]["artifactManifest"]["id"]
        )

    @cached_property
    def manifest_variables(self) -> dict[str, Any]:
        """For CreateArtifactManifest."""
        return {
            **self.train_input,
            "artifactID": self.pending,
            "baseArtifactID": None,
            "name": "wandb_manifest.json",
            "digest": "",
            "runName": "",
            "manifestType": "FULL",
            "includeUpload": True,
        }

    @cached_property
    def bob(self) -> str:
        """Id of bob, a member of the registry."""
        assert self.registry
        self.world.user("bob", role="member")
        found = self.world.user_id("bob")
        self._add(userIds=[found])
        return found

    @cached_property
    def team(self) -> str:
        """Id of the team, a member of the registry."""
        assert self.registry
        found = self.world.ask("query($n: String) { entity(name: $n) { id } }", n=self.world.team)
        ident = str(found.data["entity"]["id"])
        self._add(teamIds=[ident])
        return ident

    def _add(self, **members: Any) -> None:
        document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
        self.world.do(document, projectId=self.registry, **members).data  # noqa: B018

    @cached_property
    def alias_input(self) -> dict[str, Any]:
        """The alias prod of the link."""
        assert self.linked
        named = {**self.registry_input, "artifactCollectionName": "c", "alias": "prod"}
        return {"artifactID": self.linked, "aliases": [named]}
