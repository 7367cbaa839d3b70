"""Collections with all links: nested where allowed, page by page, and whole or an error."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.server.answers import Answers, by_operation, connection, port_of
from wandb_registry.server.collections import Home
from wandb_registry.server.contents import list_contents
from wandb_registry.server.errors import IncompleteListing, NotVisible, PermissionDenied

HOME = Home("fraud", "model-registry")


def link(index: int, **artifact: Any) -> dict[str, Any]:
    """A link as the server answers it."""
    project = {"name": "train", "entity": {"name": "fraud"}}
    content = {
        "id": f"a{index}",
        "digest": f"d{index}",
        "state": "COMMITTED",
        "versionIndex": index + 10,
        "artifactSequence": {"name": "xgb", "project": project},
        **artifact,
    }
    aliases = [{"alias": "latest"}, {"alias": f"v{index}"}, {"alias": "prod"}] if index == 0 else []
    return {"id": f"m{index}", "versionIndex": index, "aliases": aliases, "artifact": content}


def collection(name: str, links: Any = None, kind: str = "ArtifactPortfolio") -> dict[str, Any]:
    """A collection as the server answers it."""
    found = {
        "__typename": kind,
        "id": f"id-{name}",
        "name": name,
        "description": None,
        "type": {"name": "model"},
        "tags": {"edges": []},
    }
    return found if links is None else {**found, "artifactMemberships": links}


def project(**fields: Any) -> dict[str, Any]:
    """The project in an answer."""
    return {"project": {"name": "model-registry", **fields}}


def test_nested_pages_and_the_rest_of_a_long_collection() -> None:
    asked: list[tuple[str, Any]] = []

    def contents(variables: dict[str, Any]) -> Any:
        asked.append(("page", variables["cursor"]))
        if variables["cursor"] is None:
            long = collection("Zeta", connection(link(1), after="l1"))
            return project(artifactCollections=connection(long, after="c1"))
        return project(artifactCollections=connection(collection("alpha", connection())))

    def links(variables: dict[str, Any]) -> Any:
        asked.append((variables["name"], variables["cursor"]))
        return project(artifactCollection={"artifactMemberships": connection(link(0))})

    seen: list[str] = []
    port = port_of(by_operation({"ContentsOf": contents, "ContentLinks": links}))
    found = list_contents(port, HOME, seen.append)
    assert [one.collection.name for one in found] == ["alpha", "Zeta"]
    assert [(one.link.version, str(one.source)) for one in found[1].links] == [
        (0, "fraud/train/xgb:v10"),
        (1, "fraud/train/xgb:v11"),
    ]
    assert found[1].links[0].link.aliases == ("prod",)
    assert [one.latest for one in found[1].links] == [True, False]
    assert asked == [("page", None), ("Zeta", "l1"), ("page", "c1")]
    assert seen == ["Zeta", "alpha"]


def test_a_server_that_refuses_nested_pages_is_asked_one_by_one() -> None:
    answers = Answers(
        httpx.Response(400, json={"errors": [{"message": "query is too complex"}]}),
        project(artifactCollections=connection(collection("a"), collection("b"))),
        project(artifactCollection={"artifactMemberships": connection(link(0), after="1")}),
        project(artifactCollection={"artifactMemberships": connection(link(1))}),
        project(artifactCollection={"artifactMemberships": connection()}),
    )
    found = list_contents(answers.port(), HOME)
    assert [(one.collection.name, len(one.links)) for one in found] == [("a", 2), ("b", 0)]
    assert [body["variables"].get("cursor") for body in answers.bodies] == [None, None, None, "1", None]


def test_a_refusal_for_lack_of_rights_is_no_reason_to_ask_again() -> None:
    answers = Answers(httpx.Response(403, json={"errors": [{"message": "no"}]}))
    with pytest.raises(PermissionDenied):
        list_contents(answers.port(), HOME)
    assert len(answers.requests) == 1


@pytest.mark.parametrize(
    ("artifact", "gone", "source"),
    [
        (None, True, None),
        ({"state": "DELETED"}, True, None),
        ({"state": "PENDING"}, True, None),
        ({"artifactSequence": {"name": "xgb", "project": None}}, False, None),
        ({"versionIndex": None}, False, None),
        ({}, False, "fraud/train/xgb:v13"),
    ],
)
def test_sources_that_are_gone_or_hidden(artifact: Any, gone: bool, source: str | None) -> None:
    node = link(3, **(artifact or {}))
    if artifact is None:
        node["artifact"] = None
    answers = Answers(project(artifactCollections=connection(collection("a", connection(node)))))
    ((found,),) = (one.links for one in list_contents(answers.port(), HOME))
    assert found.gone is gone
    assert (found.source and str(found.source)) == source
    assert found.link.artifact_id == ("gone:m3" if artifact is None else "a3")


def test_a_series_of_artifacts_is_no_collection_of_links() -> None:
    sequence = collection("run-table", connection(link(0)), kind="ArtifactSequence")
    answers = Answers(project(artifactCollections=connection(sequence)))
    (found,) = list_contents(answers.port(), HOME)
    assert found.is_sequence
    assert found.links == ()


def test_a_project_that_is_not_seen_is_not_empty() -> None:
    with pytest.raises(NotVisible, match="fraud/model-registry is not there, or this key may not see it"):
        list_contents(Answers({"project": None}).port(), HOME)


@pytest.mark.parametrize("later", [{"artifactMemberships": None}, None])
def test_a_listing_cut_short_is_an_error(later: Any) -> None:
    answers = Answers(
        project(artifactCollections=connection(collection("a", connection(link(0), after="1")))),
        project(artifactCollection=later),
    )
    with pytest.raises(IncompleteListing, match=r"cut short|vanished"):
        list_contents(answers.port(), HOME)
