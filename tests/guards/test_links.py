from wandb_registry.guards.links import check_links, missing_numbers
from wandb_registry.state.entries import LinkEntry


def entries(*versions: int | None) -> dict[str, LinkEntry]:
    return {
        f"id{n}": LinkEntry(order=n, source=f"team/project/model:v{n}", version=version)
        for n, version in enumerate(versions)
    }


def guards(old: dict[str, LinkEntry] | None, new: dict[str, LinkEntry], *, fill: bool = True) -> list[str]:
    return [refusal.guard for refusal in check_links("models/churn", old, new, fill_gaps=fill)]


def test_gaps_need_the_proof_that_an_index_is_never_reused() -> None:
    assert guards(None, entries(0, 1, 2), fill=False) == []
    assert guards(None, entries(0, 2), fill=False) == ["numbering-unproven"]
    assert guards(None, entries(0, 2), fill=True) == []


def test_a_hundred_missing_numbers_pass_and_one_more_is_a_decision() -> None:
    assert guards(None, entries(100)) == []
    assert guards(None, entries(101)) == ["version-gaps"]


def test_links_without_a_number_leave_no_gap() -> None:
    assert missing_numbers(entries(None, None)) == []
    assert missing_numbers({}) == []


def test_an_accepted_number_counts_instead_of_the_recorded_one() -> None:
    accepted = {"a": LinkEntry(0, "s/p/m:v0", version=0), "b": LinkEntry(1, "s/p/m:v1", 1, None, 3)}
    assert missing_numbers(accepted) == [1, 2]


def test_a_large_removal_of_links_is_refused() -> None:
    before = entries(*range(20))
    assert guards(before, dict(list(before.items())[:16])) == []
    assert guards(before, dict(list(before.items())[:15])) == ["removal-share"]


def test_a_link_from_a_restricted_project_is_refused_by_registry_and_project() -> None:
    closed = {"id0": "team/secret", "id2": "team/secret", "id7": "team/other"}
    (refusal,) = check_links("models/churn", None, entries(0, 1, 2), fill_gaps=True, closed=closed)
    assert (refusal.guard, refusal.subject, refusal.final) == (
        "restricted-source",
        "models/team/secret",
        False,
    )
    assert "team/project/model:v0, team/project/model:v2 of the restricted project" in refusal.message
    there = entries(0, 1, 2)
    assert list(check_links("models/churn", there, there, fill_gaps=True, closed=closed)) == []
