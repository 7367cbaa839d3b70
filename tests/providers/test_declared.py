"""A program that says the same thing twice is told so."""

import pulumi
import pytest

from providers.declared import declare_item, declare_set


@pytest.fixture(autouse=True)
def nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.declared._sets", set())
    monkeypatch.setattr("providers.declared._items", set())


def test_a_set_and_an_item_of_one_collection() -> None:
    declare_set("links", "models/churn")
    with pytest.raises(
        pulumi.RunError, match="DeclaredTwice: the links of models/churn are declared by a set"
    ):
        declare_item("links", "models/churn")


def test_an_item_and_then_a_set() -> None:
    declare_item("members", "models")
    with pytest.raises(pulumi.RunError, match="DeclaredTwice: the members of models"):
        declare_set("members", "models")


def test_two_sets() -> None:
    declare_set("links", "models/churn")
    with pytest.raises(pulumi.RunError, match="by two resources"):
        declare_set("links", "models/churn")


def test_items_stand_side_by_side_and_other_owners_do_not_matter() -> None:
    declare_item("links", "models/churn")
    declare_item("links", "models/churn")
    declare_set("links", "models/loss")
    declare_set("members", "models")
