"""Each operation of the client, with its own document, done once; Python's answers go through its models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from graphql import parse, validate

from tests.sandbox.conformance.documents import core_documents, models, python_documents
from tests.sandbox.conformance.ground import Ground
from wandb_sandbox.http.state import load_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.support import World

MD5 = "1B2M2Y8AsgTpgAmY7PhCfg=="

PYTHON: dict[str, Callable[[Ground], dict[str, Any]]] = {
    "GetProjects": lambda g: {"entity": g.world.team} if g.version else {},
    "GetProject": lambda g: {"name": "train", "entity": g.world.team} if g.version else {},
    "CreateProject": lambda g: {"input": {"entityName": g.world.team, "name": "fresh"}},
    "IsProjectReadOnly": lambda g: g.train if g.version else {},
    "GetTeamEntity": lambda g: {"name": g.world.team},
    "CreateTeam": lambda g: {"teamName": f"{g.world.team}-two", "teamAdminUserName": g.world.name("admin")},
    "CreateInvite": lambda g: {"entity": g.world.team, "email": "new@example.com", "admin": False},
    "DeleteInvite": lambda g: {
        "entity": g.world.team,
        "id": g.world.ask(python_documents()["CreateInvite"], entity=g.world.team, email="a@b").data[
            "result"
        ]["invite"]["id"],
    },
    "CreateServiceAccount": lambda g: {"entity": g.world.team, "description": "ci"},
    "SearchUsers": lambda g: {"query": g.world.name("admin")},
    "GetViewer": lambda g: {},
    "GetDefaultEntity": lambda g: {},
    "CreateUserFromAdmin": lambda g: {"email": f"new{g.world.number}@example.com", "admin": False},
    "DeleteApiKey": lambda g: {
        "id": g.world.ask(python_documents()["GenerateApiKey"]).data["result"]["apiKey"]["id"]
    },
    "GenerateApiKey": lambda g: {"description": "for ci"},
    "DeleteArtifactSequence": lambda g: {"id": g.sequence},
    "DeleteArtifactPortfolio": lambda g: {"id": g.portfolio},
    "UpdateArtifactSequence": lambda g: {"input": {"artifactSequenceID": g.sequence, "description": "x"}},
    "UpdateArtifactPortfolio": lambda g: {"input": {"artifactPortfolioID": g.portfolio, "description": "x"}},
    "UpdateArtifactSequenceType": lambda g: {
        "input": {"artifactSequenceID": g.sequence, "destinationArtifactTypeName": "dataset"}
    },
    "AddArtifactCollectionTags": lambda g: (
        {"input": {**g.registry_input, "artifactCollectionName": "c", "tags": [{"tagName": "t"}]}}
        if g.linked
        else {}
    ),
    "DeleteArtifactCollectionTags": lambda g: (
        {"input": {**g.registry_input, "artifactCollectionName": "c", "tags": [{"tagName": "t"}]}}
        if g.linked
        else {}
    ),
    "ArtifactTypeArtifactCollections": lambda g: {**g.train, "type": "model"} if g.version else {},
    "ProjectArtifactCollections": lambda g: {**g.train, "perPage": 10} if g.version else {},
    "ProjectArtifactCollection": lambda g: (
        {**g.registry_path, "type": "model", "name": "c"} if g.linked else {}
    ),
    "ArtifactCollectionAliases": lambda g: {"id": g.portfolio},
    "ArtifactMembershipFiles": lambda g: (
        {**g.registry_path, "collection": "c", "alias": "v0"} if g.linked else {}
    ),
    "GetArtifactMembershipFileUrls": lambda g: (
        {**g.registry_path, "collection": "c", "alias": "v0"} if g.linked else {}
    ),
    "ProjectArtifactTypes": lambda g: g.train if g.version else {},
    "ProjectArtifactType": lambda g: {**g.train, "type": "model"} if g.version else {},
    "ProjectArtifacts": lambda g: {**g.registry_path, "type": "model", "collection": "c"} if g.linked else {},
    "RunOutputArtifacts": lambda g: {**g.train, "run": "r1"} if g.run else {},
    "RunInputArtifacts": lambda g: {**g.train, "run": "r1"} if g.run else {},
    "FetchLinkedArtifacts": lambda g: {"artifactID": g.linked},
    "FetchArtifactManifest": lambda g: {"id": g.version},
    "ArtifactByID": lambda g: {"id": g.linked},
    "ArtifactMembershipByName": lambda g: (
        {**g.registry_path, "name": "c:prod", "includeAliases": True} if g.linked else {}
    ),
    "ArtifactUsedBy": lambda g: {"id": g.version} if g.run else {},
    "ArtifactCreatedBy": lambda g: {"id": g.by_run},
    "ArtifactType": lambda g: {**g.train, "name": "clf:latest"} if g.version else {},
    "AddAliases": lambda g: {"input": g.alias_input},
    "DeleteAliases": lambda g: {"input": g.alias_input},
    "UpdateArtifact": lambda g: {"input": {"artifactID": g.version, "description": "x"}},
    "DeleteArtifact": lambda g: {"input": {"artifactID": g.version, "deleteAliases": True}},
    "LinkArtifact": lambda g: (
        {"input": {**g.registry_input, "artifactID": g.version, "artifactPortfolioName": "c"}}
        if g.registry
        else {}
    ),
    "UnlinkArtifact": lambda g: {"input": {"artifactID": g.linked, "artifactPortfolioID": g.portfolio}},
    "FetchOrgInfoFromEntity": lambda g: {"entity": g.world.team},
    "FetchOrganization": lambda g: {"org": g.world.organization},
    "FetchAdvancedRegistryFeatures": lambda g: {"organization": g.world.organization},
    "RegistryVersions": lambda g: (
        {"organization": g.world.organization, "artifactFilter": '{"alias": "prod"}'} if g.linked else {}
    ),
    "RegistryCollections": lambda g: (
        {"organization": g.world.organization, "order": "+name"} if g.linked else {}
    ),
    "FetchRegistry": lambda g: (
        {"name": "wandb-registry-models", "entity": g.world.entity} if g.registry else {}
    ),
    "FetchRegistries": lambda g: {"organization": g.world.organization} if g.registry else {},
    "RenameRegistry": lambda g: (
        {
            "input": {
                "entityName": g.world.entity,
                "oldProjectName": "wandb-registry-models",
                "newProjectName": "wandb-registry-new",
            }
        }
        if g.registry
        else {}
    ),
    "UpsertRegistry": lambda g: {
        "input": {"entityName": g.world.entity, "name": "wandb-registry-fresh", "access": "PRIVATE"}
    },
    "DeleteRegistry": lambda g: {"id": g.registry},
    "RegistryUserMembers": lambda g: g.registry_path if g.bob else {},
    "RegistryTeamMembers": lambda g: g.registry_path if g.team else {},
    "CreateRegistryMembers": lambda g: {"input": {"projectId": g.registry, "userIds": [], "teamIds": []}},
    "DeleteRegistryMembers": lambda g: {"input": {"projectId": g.registry, "userIds": [g.bob]}},
    "UpdateUserRegistryRole": lambda g: {
        "input": {"projectId": g.registry, "userId": g.bob, "userProjectRole": "viewer"}
    },
    "UpdateTeamRegistryRole": lambda g: {
        "input": {"projectId": g.registry, "teamId": g.team, "teamProjectRole": "viewer"}
    },
    "ServerFeaturesQuery": lambda g: {},
}

# wandb-core sends every field of its structs, the unset ones as null.
CORE: dict[str, Callable[[Ground], dict[str, Any]]] = {
    "StopRun": lambda g: {"id": g.run},
    "ServerFeaturesQuery": lambda g: {},
    "ClientIDMapping": lambda g: {"clientID": "client-1"} if g.version else {},
    "UseArtifact": lambda g: (
        {
            "input": {
                **g.train_input,
                "runName": "r1",
                "artifactID": g.version,
                **dict.fromkeys(("usedAs", "artifactEntityName", "artifactProjectName", "clientMutationId")),
            }
        }
        if g.run
        else {}
    ),
    "XXHashDigestsEnabled": lambda g: {"entityName": g.world.team},
    "Viewer": lambda g: {},
    "ArtifactManifest": lambda g: {"artifact_id": g.version},
    "CommitArtifact": lambda g: {"artifactID": g.pending},
    "OrgFeatureFlags": lambda g: {"org": g.world.organization},
    "FetchOrgEntityFromEntity": lambda g: {"entityName": g.world.team},
    "OrganizationCoreWeaveOrganizationID": lambda g: {"entityName": g.world.team},
    "RunState": lambda g: {**g.train, "run": "r1"} if g.run else {},
    "UpdateArtifact": lambda g: {"artifactID": g.version, "metadata": '{"a": 1}'},
    "QueryRunInfo": lambda g: {**g.train, "run": "r1"} if g.run else {},
    "SampledHistoryPage": lambda g: {**g.train, "run": "r1", "spec": '{"keys": ["loss"]}'} if g.run else {},
    "MarkRunFilesUploaded": lambda g: {**g.train, "run": "r1", "files": ["a.txt"]} if g.run else {},
    "CreateArtifact": lambda g: {
        "input": {
            **g.train_input,
            "artifactTypeName": "model",
            "artifactCollectionName": "clf",
            "digest": "d",
            "digestAlgorithm": "MANIFEST_MD5",
            "aliases": [],
            "tags": [],
            **dict.fromkeys(
                (
                    "artifactCollectionNames",
                    "clientID",
                    "clientMutationId",
                    "description",
                    "distributedID",
                    "enableDigestDeduplication",
                    "historyStep",
                    "labels",
                    "metadata",
                    "runName",
                    "sequenceClientID",
                    "storageRegion",
                    "ttlDurationSeconds",
                )
            ),
        }
    },
    "CreateRunFiles": lambda g: {**g.train, "run": "r1", "files": ["a.txt"]} if g.run else {},
    "RunParquetHistory": lambda g: {**g.train, "runName": "r1", "liveKeys": ["loss"]} if g.run else {},
    "HistoryPage": lambda g: (
        {**g.train, "run": "r1", "minStep": 0, "maxStep": 2, "pageSize": 10} if g.run else {}
    ),
    "RunConsoleLogTail": lambda g: {**g.train, "runName": "r1", "last": 1} if g.run else {},
    "RunConsoleLogPage": lambda g: {**g.train, "runName": "r1", "first": 1} if g.run else {},
    "CreateArtifactFiles": lambda g: {
        "input": {
            "artifactFiles": [
                {
                    "artifactID": g.pending,
                    "artifactManifestID": g.manifest,
                    "name": "a",
                    "md5": MD5,
                    **dict.fromkeys(("digest", "mimetype", "uploadPartsInput")),
                }
            ],
            "storageLayout": "V2",
            **dict.fromkeys(("storageRegion", "digestAlgorithm", "cloudRegionID", "clientMutationId")),
        }
    },
    "LinkArtifact": lambda g: (
        {
            **g.registry_input,
            "artifactPortfolioName": "c",
            "aliases": None,
            "clientId": None,
            "artifactId": g.version,
        }
        if g.registry
        else {}
    ),
    "NotifyScriptableRunAlert": lambda g: (
        {
            **g.train_input,
            "runName": "r1",
            "title": "t",
            "text": "x",
            "waitDuration": 1000,
        }
        if g.run
        else {}
    ),
    "FetchArtifactDigestAlgorithm": lambda g: (
        {
            **g.train_input,
            "artifactTypeName": "model",
            "artifactCollectionName": "clf",
        }
        if g.version
        else {}
    ),
    "UpdateArtifactManifest": lambda g: {
        "artifactManifestID": g.manifest,
        "digest": None,
        "baseArtifactID": None,
        "includeUpload": True,
    },
    "RunResumeStatus": lambda g: {**g.train, "name": "r1"} if g.run else {},
    "RewindRun": lambda g: (
        {**g.train, "runName": "r1", "metricName": "_step", "metricValue": 1.0} if g.run else {}
    ),
    "ArtifactFileURLsByManifestEntries": lambda g: {
        "id": g.version,
        "entries": [{"name": "a", "digest": MD5, "birthArtifactID": None, "size": 0, "ref": None}],
        "storageLayout": "V2",
        "manifestVersion": "1",
        "storageRegion": None,
    },
    "CreateArtifactManifest": lambda g: g.manifest_variables,
    "UpsertBucket": lambda g: {"name": "r9", **g.train, "groupName": None, "sweep": None, "debug": None},
}

# What answers null or refuses here, and is tried where it can succeed.
TRIED_ELSEWHERE = {"CompleteMultipartUploadArtifact"}


@pytest.mark.parametrize("name", sorted(python_documents()))
def test_the_schema_takes_each_document_of_the_python_side(name: str) -> None:
    assert validate(load_schema(), parse(python_documents()[name])) == []


@pytest.mark.parametrize("name", sorted(core_documents()))
def test_the_schema_takes_each_document_of_wandb_core(name: str) -> None:
    assert validate(load_schema(), parse(core_documents()[name])) == []


def test_every_operation_is_listed() -> None:
    assert set(PYTHON) == set(python_documents())
    assert set(CORE) | TRIED_ELSEWHERE == set(core_documents())


def not_empty(answer: dict[str, Any]) -> bool:
    return all(value is not None for value in answer.values())


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_an_operation_of_the_python_side(world: World, name: str) -> None:
    ground = Ground(world)
    key = world.user("root", admin=True) if name == "CreateUserFromAdmin" else None
    data = world.ask(python_documents()[name], key, **PYTHON[name](ground)).data
    model = models()[name].model_validate_json(json.dumps(data))
    assert not_empty(data), data
    assert model is not None


@pytest.mark.parametrize("name", sorted(CORE))
def test_an_operation_of_wandb_core(world: World, name: str) -> None:
    data = world.ask(core_documents()[name], **CORE[name](Ground(world))).data
    assert not_empty(data), data
