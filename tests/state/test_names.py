"""Names, versions, sources and roles: the small rules that everything else stands on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wandb_registry.state import names
from wandb_registry.state.roles import Role, highest
from wandb_registry.state.sources import Source


@pytest.mark.parametrize(
    ("problem_with", "good", "bad"),
    [
        (names.problem_with_registry_name, "a|a.b|Fraud models|é", "|| a|a |a/b|a:b|a?b|a#b|a%b|a\\b|a\nb"),
        (names.problem_with_collection_name, "Größe 1", "|a |a/b|a:b"),
        (names.problem_with_alias, "prod|v|v1.0|V3", "|latest|v0|v12|a/b|a:b"),
        (names.problem_with_tag, "a|a b|a-b_c|ä", "| a|a |a/b|a.b"),
        (names.problem_with_artifact_type, "model|my model", "|a/b|a:b"),
    ],
)
def test_names(problem_with: Callable[[str], str | None], good: str, bad: str) -> None:
    assert [problem_with(name) for name in good.split("|")] == [None] * len(good.split("|"))
    assert all(problem_with(name) for name in bad.split("|"))


@pytest.mark.parametrize(
    ("problem_with", "limit"),
    [
        (names.problem_with_registry_name, 113),
        (names.problem_with_collection_name, 128),
        (names.problem_with_alias, 128),
        (names.problem_with_tag, 128),
        (names.problem_with_artifact_type, 128),
    ],
)
def test_the_longest_name(problem_with: Callable[[str], str | None], limit: int) -> None:
    assert problem_with("x" * limit) is None
    assert f"at most {limit} characters, this one {limit + 1}" in str(problem_with("x" * (limit + 1)))


@pytest.mark.parametrize(("text", "index"), [("v0", 0), ("v10", 10)])
def test_versions(text: str, index: int) -> None:
    assert names.version_index(text) == index


@pytest.mark.parametrize("text", ["", "v", "v01", "V1", "1", "v-1", "latest", "v1 "])
def test_what_is_no_version(text: str) -> None:
    assert not names.is_version(text)
    with pytest.raises(ValueError, match="is not a version"):
        names.version_index(text)


@pytest.mark.parametrize("text", ["fraud/train/churn xgb:v3", "artifact:QXJ0aWZhY3Q6MQ=="])
def test_sources_read_and_show_the_same(text: str) -> None:
    assert str(Source.parse(text)) == text
    assert Source.parse(text).by_id == text.startswith("artifact:")


@pytest.mark.parametrize(
    "text",
    [
        "a/b/c",
        "a/b/c:latest",
        "acme/wandb-registry-x/c:v1",
        "a/b:v1",
        "a//c:v1",
        "a/b/c/d:v1",
        "artifact:",
        ":v1",
    ],
)
def test_what_is_no_source(text: str) -> None:
    with pytest.raises(ValueError, match=r"source|version|artifact id"):
        Source.parse(text)


def test_roles_are_ordered_by_what_they_may_do() -> None:
    assert [role.rank for role in Role] == [0, 1, 2, 3]
    assert highest([Role.VIEWER, Role.ADMIN, Role.MEMBER]) is Role.ADMIN
    assert Role.MEMBER.covers(Role.VIEWER)
    assert not Role.VIEWER.covers(Role.MEMBER)
    assert [role for role in Role if not role.downloads] == [Role.RESTRICTED_VIEWER]


@pytest.mark.parametrize("name", ["Models", "model", "DATASET", "datasets"])
def test_core_registries_are_known_in_any_case(name: str) -> None:
    assert names.is_core_registry(name)
    assert not names.is_core_registry(name + "-x")
