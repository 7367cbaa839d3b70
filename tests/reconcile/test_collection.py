"""A collection on a real server: empty, adopted, changed, renamed, and deleted only when nothing is left."""

import pytest

from tests.world import World
from wandb_registry.reconcile.collection import (
    CollectionGoal,
    change_collection,
    ensure_collection,
    locate_collection,
    remove_collection,
)
from wandb_registry.reconcile.errors import AlreadyThere, EmptyCollectionUnsupported, NotEmpty, TypeFixed
from wandb_registry.server.collections import update_collection
from wandb_registry.server.errors import IncompleteListing
from wandb_registry.server.links import link_all
from wandb_sandbox.faults.faults import Fault
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches

GOAL = CollectionGoal("churn ü", "model", "Customer churn", ("tabular", "eu"))


@pytest.fixture
def models(world: World) -> World:
    world.registry()
    return world


def test_an_empty_collection_is_made_with_description_and_tags(models: World) -> None:
    live = ensure_collection(models.port, models.home(), GOAL, None)
    assert (live.name, live.type, live.description, live.tags) == (
        "churn ü",
        "model",
        "Customer churn",
        ("eu", "tabular"),
    )


def test_a_second_run_writes_nothing(models: World, sandbox: Sandbox) -> None:
    live = ensure_collection(models.port, models.home(), GOAL, None)
    sandbox.state.log.clear()
    assert ensure_collection(models.port, models.home(), GOAL, None) == live
    assert sandbox.state.log.kinds["mutation"] == 0


def test_without_empty_collections_the_first_source_makes_it(models: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = Switches(empty_collection=False)
    port = models.as_user("root")  # what a server can do is asked once a port
    with pytest.raises(EmptyCollectionUnsupported, match="Give it a link"):
        ensure_collection(port, models.home(), GOAL, None)
    source = models.artifacts("churn", 1)[0]
    goal = CollectionGoal("churn", "model", "Customer churn", None, source)
    assert ensure_collection(port, models.home(), goal, None).description == "Customer churn"
    assert set(models.links("churn")) == {source}


def test_somebody_elses_collection_is_not_taken_for_ours(models: World) -> None:
    ensure_collection(models.port, models.home(), CollectionGoal("churn", "model", "Theirs"), None)
    with pytest.raises(AlreadyThere, match="Scan again"):
        ensure_collection(models.port, models.home(), CollectionGoal("churn", "model", "Ours"), None)


def test_a_collection_of_another_type_is_a_named_error(models: World) -> None:
    ensure_collection(models.port, models.home(), CollectionGoal("churn", "model"), None)
    with pytest.raises(TypeFixed, match="has type model, not dataset"):
        ensure_collection(models.port, models.home(), CollectionGoal("churn", "dataset"), None)


def test_tags_and_description_become_exactly_what_is_desired(models: World) -> None:
    live = ensure_collection(models.port, models.home(), GOAL, None)
    changed = change_collection(
        models.port, models.home(), live, CollectionGoal("churn ü", "model", "", ("eu", "new"))
    )
    assert (changed.description, changed.tags) == ("", ("eu", "new"))
    cleared = change_collection(
        models.port, models.home(), changed, CollectionGoal("churn ü", "model", None, ())
    )
    assert cleared.tags == ()


def test_what_is_left_out_is_not_touched(models: World, sandbox: Sandbox) -> None:
    live = ensure_collection(models.port, models.home(), GOAL, None)
    sandbox.state.log.clear()
    assert change_collection(models.port, models.home(), live, CollectionGoal("churn ü", "model")) == live
    assert sandbox.state.log.total == 0


def test_a_rename_keeps_the_collection_and_it_is_found_by_its_id(models: World) -> None:
    live = ensure_collection(models.port, models.home(), GOAL, None)
    update_collection(models.port, live.id, name="loss")
    found = locate_collection(models.port, models.home(), "churn ü", live.id)
    assert found is not None
    assert found.name == "loss"
    assert locate_collection(models.port, models.home(), "never", "QXJ0aWZhY3RDb2xsZWN0aW9uOjk5OTk=") is None


def test_a_collection_that_holds_what_is_not_ours_is_not_deleted(models: World) -> None:
    live = ensure_collection(models.port, models.home(), CollectionGoal("churn", "model"), None)
    link_all(models.port, models.home(), "churn", models.artifacts("theirs", 1))
    with pytest.raises(NotEmpty, match="holds 1 links"):
        remove_collection(models.port, models.home(), "churn", live.id)
    assert locate_collection(models.port, models.home(), "churn") is not None


def test_a_collection_whose_links_are_not_listed_is_not_empty(models: World, sandbox: Sandbox) -> None:
    live = ensure_collection(models.port, models.home(), CollectionGoal("churn", "model"), None)
    link_all(models.port, models.home(), "churn", models.artifacts("unseen", 1))
    sandbox.state.faults.active = [Fault("short_listing", "LinksOf", times=-1, keep=0)]
    with pytest.raises(NotEmpty, match="holds 1 links"):
        remove_collection(models.port, models.home(), "churn", live.id)
    assert locate_collection(models.port, models.home(), "churn") is not None


def test_a_collection_that_a_listing_lacks_is_not_gone(models: World, sandbox: Sandbox) -> None:
    live = ensure_collection(models.port, models.home(), GOAL, None)
    update_collection(models.port, live.id, name="loss")
    sandbox.state.faults.active = [Fault("short_listing", "CollectionsOf", times=-1, keep=0)]
    with pytest.raises(IncompleteListing, match=r"brought 0 of 1 entries\. Run again"):
        locate_collection(models.port, models.home(), "churn ü", live.id)


def test_deleting_twice_is_no_error(models: World) -> None:
    live = ensure_collection(models.port, models.home(), CollectionGoal("churn", "model"), None)
    remove_collection(models.port, models.home(), "churn", live.id)
    remove_collection(models.port, models.home(), "churn", live.id)
