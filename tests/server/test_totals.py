"""Listings whose total is known are held against it; links that a listing lacks are asked for by number."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.server.answers import Answers, connection
from tests.server.test_contents import HOME, collection, link, project
from wandb_registry.server.collections import count_committed, list_collections
from wandb_registry.server.contents import list_contents
from wandb_registry.server.errors import IncompleteListing, Invalid, NotVisible
from wandb_registry.server.links import list_links, require_missing
from wandb_registry.server.organizations import Organization
from wandb_registry.server.registries import find_registry_by_id

REFUSED = httpx.Response(400, json={"errors": [{"message": "Cannot query field"}]})
ACME = Organization("o1", "Acme Corp", "acme")


def counted(total: Any, *nodes: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    """A project with a page of collections and their total."""
    return project(artifactCollections={**connection(*nodes, after=after), "totalCount": total})


def holding(total: Any, *links: dict[str, Any]) -> dict[str, Any]:
    """A project with one collection, its links and the total of its finished versions."""
    return counted(1, {**collection("a", connection(*links)), "committed": {"totalCount": total}})


@pytest.mark.parametrize("total", [2, 1, None])
def test_a_listing_that_reaches_its_total_or_has_none_is_whole(total: int | None) -> None:
    port = Answers(counted(total, collection("a"), collection("b"))).port()
    assert [one.name for one in list_collections(port, HOME)] == ["a", "b"]


def test_collections_that_are_fewer_than_their_total_are_an_error() -> None:
    port = Answers(counted(3, collection("a"), collection("b"))).port()
    with pytest.raises(
        IncompleteListing, match=r"collections of fraud/model-registry brought 2 of 3 entries"
    ):
        list(list_collections(port, HOME))
    with pytest.raises(IncompleteListing, match="brought 1 of 2"):
        list_contents(Answers(counted(2, collection("a", connection()))).port(), HOME)


def test_the_newest_total_counts() -> None:
    """Somebody deletes while we read: what the first page said is over."""
    port = Answers(counted(3, collection("a"), after="1"), counted(2, collection("b"))).port()
    assert len(list(list_collections(port, HOME))) == 2


def test_a_server_that_refuses_to_count_is_asked_without() -> None:
    answers = Answers(REFUSED, project(artifactCollections=connection(collection("a"))))
    assert [one.name for one in list_collections(answers.port(), HOME)] == ["a"]
    assert ["totalCount" in body["query"] for body in answers.bodies] == [True, False]

    answers = Answers(
        REFUSED, REFUSED, project(artifactCollections=connection(collection("a", connection(link(0)))))
    )
    ((found,),) = (one.links for one in list_contents(answers.port(), HOME))
    assert found.link.artifact_id == "a0"
    queries = [body["query"] for body in answers.bodies]
    assert ["totalCount" in query for query in queries] == [True, True, False]
    assert ["artifactMemberships" in query for query in queries] == [True, False, True]


def test_a_server_that_refuses_everything_is_an_error() -> None:
    answers = Answers(REFUSED)
    with pytest.raises(Invalid):
        list_contents(answers.port(), HOME)
    assert len(answers.requests) == 4


@pytest.mark.parametrize("total", [2, 1, None])
def test_links_that_reach_the_total_of_the_collection_are_whole(total: int | None) -> None:
    (found,) = list_contents(Answers(holding(total, link(0), link(1))).port(), HOME)
    assert len(found.links) == 2


def test_links_that_are_fewer_than_the_finished_versions_are_an_error() -> None:
    with pytest.raises(IncompleteListing, match=r"links of fraud/model-registry/a brought 1 of 2 entries"):
        list_contents(Answers(holding(2, link(0))).port(), HOME)


def test_what_the_server_could_not_have_counted_does_not_stand_for_it() -> None:
    pending = link(1, state="PENDING")
    with pytest.raises(IncompleteListing, match="brought 1 of 2"):
        list_contents(Answers(holding(2, link(0), pending)).port(), HOME)


def test_a_link_whose_artifact_is_hidden_may_be_one_of_those_counted() -> None:
    hidden = {**link(1), "artifact": None}
    (found,) = list_contents(Answers(holding(2, link(0), hidden)).port(), HOME)
    assert [one.gone for one in found.links] == [False, True]


def test_the_finished_versions_of_a_collection() -> None:
    answered = project(artifactCollection={"committed": {"totalCount": 3}})
    assert count_committed(Answers(answered).port(), HOME, "a") == 3
    for silent in (None, {}, {"committed": None}, {"committed": {"totalCount": None}}):
        assert count_committed(Answers(project(artifactCollection=silent)).port(), HOME, "a") is None
    with pytest.raises(NotVisible):
        count_committed(Answers({"project": None}).port(), HOME, "a")


@pytest.mark.parametrize(
    "spoiled",
    [
        {**link(0), "aliases": None},
        {**link(0), "versionIndex": None},
        None,
    ],
)
def test_a_link_without_what_it_must_have_is_an_error(spoiled: Any) -> None:
    found = collection("a", {"edges": [{"node": spoiled}], "pageInfo": {"hasNextPage": False}})
    with pytest.raises((Invalid, IncompleteListing)):
        list_links(Answers(project(artifactCollection=found)).port(), HOME, "a")


def test_links_that_are_asked_for_by_number() -> None:
    there = project(
        v3={"artifact": {"id": "another"}}, v4=None, v5={"artifact": None}, v6={"artifact": {"id": "a6"}}
    )
    answers = Answers(there)
    require_missing(answers.port(), HOME, "a", {})
    assert answers.requests == []
    require_missing(answers.port(), HOME, "a", {3: "a3", 4: "a4", 5: "a5"})
    assert len(answers.requests) == 1
    assert answers.bodies[0]["variables"]["n4"] == "a:v4"
    with pytest.raises(IncompleteListing, match=r"lacked v6, which is there\. Run again"):
        require_missing(answers.port(), HOME, "a", {3: "a3", 6: "a6"})
    with pytest.raises(NotVisible):
        require_missing(Answers({"project": None}).port(), HOME, "a", {3: "a3"})


def test_many_links_take_a_request_for_every_fifty() -> None:
    answers = Answers(project())
    require_missing(answers.port(), HOME, "a", {number: f"a{number}" for number in range(101)})
    assert len(answers.requests) == 3


def test_a_registry_is_asked_for_by_the_number_in_its_id() -> None:
    number = base64.b64encode(b"Project:17").decode()
    node = {"id": number, "name": "wandb-registry-x", "access": "RESTRICTED", "allowAllArtifactTypes": True}
    answers = Answers({"organization": {"orgEntity": {"name": "acme", "projects": connection(node)}}})
    found = find_registry_by_id(answers.port(), ACME, number)
    assert found is not None
    assert found.name == "x"
    assert answers.bodies[0]["variables"]["filters"] == '{"id": 17}'
    other = base64.b64encode(b"ProjectInternalId:18").decode()
    assert find_registry_by_id(answers.port(), ACME, other) is None


@pytest.mark.parametrize("registry_id", ["", "p1", "Project:1", base64.b64encode(b"Project:v1:x:y").decode()])
def test_an_id_without_a_number_is_not_asked_for(registry_id: str) -> None:
    answers = Answers({})
    assert find_registry_by_id(answers.port(), ACME, registry_id) is None
    assert answers.requests == []
