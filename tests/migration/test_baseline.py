"""A second scan after `up`: what the stack made is ours, what was there or came from others is baseline."""

from __future__ import annotations

from tests.migration.facts import facts, mapped, model, team, version
from wandb_registry.migration.baseline import baseline_of
from wandb_registry.migration.mapping import Mapped
from wandb_registry.state.inventory import BaselineCollection, BaselineLink, BaselineRegistry
from wandb_registry.state.roles import Role

BEFORE = BaselineRegistry(
    id="r",
    visibility="restricted",
    description="old",
    users={"root": Role.ADMIN, "vic": Role.VIEWER},
    collections={
        "churn": BaselineCollection(
            id="c", type="model", description="old", links={"a0": BaselineLink(version=0, aliases=("old",))}
        )
    },
)


def first_scan(target: dict[str, BaselineRegistry] | None = None) -> Mapped:
    """What a scan of one model with two versions writes."""
    return mapped(facts(team("fraud", model("churn", version(0), version(1))), target=target))


def live(**collections: BaselineCollection) -> BaselineRegistry:
    """The registry after `up`: members and description as asked, and the creator."""
    return BaselineRegistry(
        id="r",
        visibility="restricted",
        description="Models of team fraud, from its legacy Model Registry",
        artifact_types=("model",),
        teams={"fraud": Role.MEMBER},
        users={"fraud-admin": Role.ADMIN, "root": Role.ADMIN},
        collections=collections,
    )


def churn(*numbers: int) -> BaselineCollection:
    """The collection with links of these numbers."""
    return BaselineCollection(
        id="c", type="model", links={f"a{n}": BaselineLink(version=n, aliases=("now",)) for n in numbers}
    )


def test_the_first_scan_records_everything() -> None:
    assert baseline_of({"fraud-models": BEFORE}, None) == {"fraud-models": BEFORE}


def test_what_the_stack_made_is_not_baseline() -> None:
    first = first_scan()
    target = {"fraud-models": live(churn=churn(0, 1))}
    assert baseline_of(target, (first.stack, first.inventory)) == {}
    half_done = {"fraud-models": live()}
    assert baseline_of(half_done, (first.stack, first.inventory)) == {}


def test_what_others_added_meanwhile_is_baseline() -> None:
    first = first_scan()
    others = BaselineCollection(id="o", type="model")
    target = {"fraud-models": live(churn=churn(0, 1, 9), other=others)}
    kept = baseline_of(target, (first.stack, first.inventory))["fraud-models"]
    assert kept.users == {"root": Role.ADMIN}
    assert kept.teams == {}
    assert kept.collections["other"] == others
    assert list(kept.collections["churn"].links) == ["a9"]


def test_a_registry_of_another_visibility_is_not_ours() -> None:
    first = first_scan()
    foreign = live().model_copy(update={"visibility": "organization"})
    assert "fraud-models" in baseline_of({"fraud-models": foreign}, (first.stack, first.inventory))


def test_a_collection_of_another_type_is_not_ours() -> None:
    first = first_scan()
    foreign = churn(0).model_copy(update={"type": "dataset", "links": {}})
    kept = baseline_of({"fraud-models": live(churn=foreign)}, (first.stack, first.inventory))
    assert list(kept["fraud-models"].collections) == ["churn"]


def test_the_first_baseline_is_kept_as_it_was() -> None:
    first = first_scan({"fraud-models": BEFORE})
    now = live(churn=churn(0, 1)).model_copy(update={"users": {"vic": Role.ADMIN, "fraud-admin": Role.ADMIN}})
    kept = baseline_of({"fraud-models": now}, (first.stack, first.inventory))["fraud-models"]
    assert kept.description == "old"
    assert kept.users == {"vic": Role.VIEWER}
    assert kept.collections["churn"].links == {"a0": BaselineLink(version=0, aliases=("old",))}
    assert kept.collections["churn"].description == "old"


def test_a_registry_that_is_gone_is_no_baseline_any_more() -> None:
    first = first_scan({"fraud-models": BEFORE})
    assert baseline_of({}, (first.stack, first.inventory)) == {}


def test_a_registry_that_the_earlier_scan_did_not_ask_for_is_recorded_whole() -> None:
    first = first_scan()
    assert baseline_of({"other": BEFORE}, (first.stack, first.inventory)) == {"other": BEFORE}
