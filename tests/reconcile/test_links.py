"""Links on a real server: order, numbers, aliases, adoption, and what is left alone."""

import pytest

from tests.world import World, entry
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.reconcile.errors import EntriesFailed
from wandb_registry.reconcile.links import LinksGoal, LinksOutcome, apply_links, remove_links
from wandb_registry.server.links import change_aliases, link_all, unlink_all
from wandb_registry.state.entries import LinkEntry
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches


@pytest.fixture
def churn(world: World) -> World:
    world.registry()
    ensure_collection(world.port, world.home(), CollectionGoal("churn", "model"), None)
    return world


def goal(world: World, entries: dict[str, LinkEntry], **more: object) -> LinksGoal:
    return LinksGoal(world.home(), "churn", entries, **more)  # type: ignore[arg-type]  # the fields of LinksGoal


def numbers(world: World) -> dict[str, int]:
    return {artifact_id: link.version for artifact_id, link in world.links("churn").items()}


def five(world: World) -> tuple[list[str], dict[str, LinkEntry]]:
    ids = world.artifacts("churn", 5)
    entries = {i: entry(n, world.source("churn", n), n) for n, i in enumerate(ids)}
    entries[ids[3]] = entry(3, world.source("churn", 3), 3, "production", "best")
    return ids, entries


def test_links_are_made_in_order_with_their_numbers_and_aliases(churn: World) -> None:
    ids, entries = five(churn)
    outcome = apply_links(churn.port, goal(churn, entries, batch=2))
    assert numbers(churn) == {artifact_id: n for n, artifact_id in enumerate(ids)}
    assert churn.links("churn")[ids[3]].aliases == ("best", "production")
    assert outcome.applied == {i: i for i in ids}


def test_a_second_run_writes_nothing(churn: World, sandbox: Sandbox) -> None:
    _, entries = five(churn)
    apply_links(churn.port, goal(churn, entries))
    sandbox.state.log.clear()
    apply_links(churn.port, goal(churn, entries))
    assert sandbox.state.log.kinds["mutation"] == 0
    assert sandbox.state.log.total == 1


def test_many_links_take_few_requests(churn: World, sandbox: Sandbox) -> None:
    ids = churn.artifacts("bulk", 60)
    entries = {i: entry(n, churn.source("bulk", n), n) for n, i in enumerate(ids)}
    sandbox.state.log.clear()
    apply_links(churn.port, goal(churn, entries))
    assert sandbox.state.log.kinds["mutation"] <= 60 / 20
    assert sandbox.state.log.total <= 8


def test_gaps_keep_the_numbers_behind_them(churn: World) -> None:
    ids = churn.artifacts("churn", 3)
    wanted = [1, 2, 5]
    entries = {i: entry(n, churn.source("churn", n), wanted[n]) for n, i in enumerate(ids)}
    apply_links(churn.port, goal(churn, entries, fill_gaps=True))
    assert list(numbers(churn).values()) == wanted


def test_a_server_that_reuses_numbers_stops_the_collection(churn: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = Switches(index_reuse=True)
    ids = churn.artifacts("churn", 2)
    entries = {
        ids[0]: entry(0, churn.source("churn", 0), 0),
        ids[1]: entry(1, churn.source("churn", 1), 4, "production"),
    }
    with pytest.raises(EntriesFailed, match=r"got v1 from the server, and must be v4.*accept_version: v1"):
        apply_links(churn.port, goal(churn, entries, fill_gaps=True))
    assert churn.links("churn")[ids[1]].aliases == ()  # no alias points at a wrong number


def test_a_server_that_gives_the_old_number_again_stops_the_collection(
    churn: World, sandbox: Sandbox
) -> None:
    sandbox.state.switches = Switches(relink_after_unlink_gives_new_number=False)
    ids = churn.artifacts("churn", 1)
    entries = {ids[0]: entry(0, churn.source("churn", 0), 3)}
    with pytest.raises(EntriesFailed, match="must be v3"):
        apply_links(churn.port, goal(churn, entries, fill_gaps=True))


def test_other_links_are_left_alone(churn: World) -> None:
    theirs = churn.artifacts("theirs", 1)
    link_all(churn.port, churn.home(), "churn", theirs)
    ids = churn.artifacts("ours", 1)
    apply_links(churn.port, goal(churn, {ids[0]: entry(0, churn.source("ours", 0))}))
    assert set(numbers(churn)) == {*theirs, *ids}


def test_a_link_of_the_baseline_is_adopted_and_never_removed(churn: World) -> None:
    ids = churn.artifacts("churn", 2)
    link_all(churn.port, churn.home(), "churn", ids[:1])
    change_aliases(churn.port, churn.home(), "churn", add=[(ids[0], ["theirs"])], remove=[])
    entries = {
        ids[0]: entry(0, churn.source("churn", 0), 0, managed=False),
        ids[1]: entry(1, churn.source("churn", 1), 1),
    }
    baseline = frozenset(ids[:1])
    outcome = apply_links(churn.port, goal(churn, entries, baseline=baseline))
    assert churn.links("churn")[ids[0]].aliases == ("theirs",)
    remove_links(churn.port, churn.home(), "churn", outcome.applied, baseline)
    assert set(numbers(churn)) == {ids[0]}


def test_somebody_elses_link_with_aliases_is_not_taken_for_ours(churn: World) -> None:
    ids = churn.artifacts("churn", 1)
    link_all(churn.port, churn.home(), "churn", ids)
    change_aliases(churn.port, churn.home(), "churn", add=[(ids[0], ["theirs"])], remove=[])
    entries = {ids[0]: entry(0, churn.source("churn", 0), 0, "production")}
    with pytest.raises(EntriesFailed, match=r"by other hands.*[Ss]can again"):
        apply_links(churn.port, goal(churn, entries))
    assert churn.links("churn")[ids[0]].aliases == ("theirs",)


def test_an_alias_moves_between_versions_and_old_ones_go(churn: World) -> None:
    ids, entries = five(churn)
    apply_links(churn.port, goal(churn, entries))
    moved = entries | {
        ids[3]: entry(3, churn.source("churn", 3), 3),
        ids[4]: entry(4, churn.source("churn", 4), 4, "production"),
    }
    apply_links(churn.port, goal(churn, moved, applied={i: i for i in ids}))
    assert churn.links("churn")[ids[3]].aliases == ()
    assert churn.links("churn")[ids[4]].aliases == ("production",)


def test_a_link_taken_away_by_hand_cannot_have_its_old_number(churn: World) -> None:
    ids, entries = five(churn)
    outcome = apply_links(churn.port, goal(churn, entries))
    unlink_all(churn.port, outcome.collection.id, [ids[1]])
    with pytest.raises(EntriesFailed, match=r"can no longer be v1.*accept_version"):
        apply_links(churn.port, goal(churn, entries, applied=outcome.applied))
    accepted = entries | {ids[1]: LinkEntry(1, churn.source("churn", 1), 1, (), accept_version=5)}
    apply_links(churn.port, goal(churn, accepted, applied=outcome.applied))
    assert numbers(churn)[ids[1]] == 5


def test_a_dead_source_fails_before_it_shifts_the_numbers_behind_it(churn: World) -> None:
    ids, entries = five(churn)
    churn.port.execute(
        "mutation($i: DeleteArtifactInput!) { deleteArtifact(input: $i) { artifact { id } } }",
        {"i": {"artifactID": ids[2], "deleteAliases": True}},
    )
    with pytest.raises(EntriesFailed, match="v2 is not there any more") as failed:
        apply_links(churn.port, goal(churn, entries))
    done: LinksOutcome = failed.value.done
    assert numbers(churn) == {ids[0]: 0, ids[1]: 1}
    assert set(done.applied) == {ids[0], ids[1]}


def test_a_source_by_path_is_resolved_once(churn: World) -> None:
    ids = churn.artifacts("churn", 1)
    path = churn.source("churn", 0)
    outcome = apply_links(churn.port, goal(churn, {path: entry(0, path)}))
    assert outcome.applied == {path: ids[0]}


def test_an_unknown_source_fails_its_entry_and_the_others_are_done(churn: World) -> None:
    ids = churn.artifacts("churn", 1)
    entries = {ids[0]: entry(0, churn.source("churn", 0)), "no/such/model:v0": entry(1, "no/such/model:v0")}
    with pytest.raises(EntriesFailed, match="no/such/model:v0 is not there"):
        apply_links(churn.port, goal(churn, entries))
    assert set(numbers(churn)) == {ids[0]}
