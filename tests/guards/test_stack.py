from hypothesis import given
from hypothesis import strategies as st

from wandb_registry.guards.stack import RegistrySummary, Stack, check_stack, fingerprint, join, split
from wandb_registry.state.roles import Role


def registry(
    collections: dict[str, str] | None = None,
    members: dict[str, Role] | None = None,
    renamed_from: str | None = None,
    renamed_collections: dict[str, str] | None = None,
) -> RegistrySummary:
    sources = {name: frozenset(map(fingerprint, ids)) for name, ids in (collections or {}).items()}
    return RegistrySummary("restricted", members or {}, sources, renamed_from, renamed_collections or {})


def check(old: Stack, new: Stack) -> list[tuple[str, str]]:
    return [(refusal.guard, refusal.subject) for refusal in check_stack(old, new)]


def test_nothing_changed_passes() -> None:
    stack = {"a": registry({"churn": "xy"}, {"user bob": Role.MEMBER})}
    assert check(stack, stack) == []


def test_a_renamed_collection_must_say_so() -> None:
    old = {"a": registry({"churn": "xy"})}
    assert check(old, {"a": registry({"churn2": "xy"})}) == [("rename-without-renamed-from", "a/churn2")]
    said = {"a": registry({"churn2": "xy"}, renamed_collections={"churn2": "churn"})}
    assert check(old, said) == []


def test_a_renamed_registry_must_say_so() -> None:
    old = {"a": registry({"churn": "xy"})}
    assert check(old, {"b": registry({"churn": "xy"})}) == [("rename-without-renamed-from", "b")]
    assert check(old, {"b": registry({"churn": "xy"}, renamed_from="a")}) == []


def test_a_renamed_registry_may_rename_its_collections_in_the_same_run() -> None:
    old = {"a": registry({"churn": "xy"})}
    new = {"b": registry({"loss": "xy"}, renamed_from="a", renamed_collections={"loss": "churn"})}
    assert check(old, new) == []


def test_moving_content_between_registries_takes_two_runs() -> None:
    old = {"a": registry({"churn": "xyz"}), "b": registry({"other": "q"})}
    new = {"a": registry({"churn": "xy"}), "b": registry({"other": "qz"})}
    assert check(old, new) == [("moved-content", "a/b")]
    added_first = {"a": registry({"churn": "xyz"}), "b": registry({"other": "qz"})}
    assert check(old, added_first) == []
    assert check(added_first, new) == []


def test_giving_access_and_taking_content_out_takes_two_runs() -> None:
    old = {"a": registry({"churn": "xyz"}, {"user bob": Role.VIEWER})}
    gains = {"a": registry({"churn": "xy"}, {"user bob": Role.VIEWER, "user eve": Role.VIEWER})}
    rises = {"a": registry({"churn": "xy"}, {"user bob": Role.MEMBER})}
    assert check(old, gains) == [("access-and-content", "a")]
    assert check(old, rises) == [("access-and-content", "a")]
    assert check(old, {"a": registry({"churn": "xy"}, {"user bob": Role.VIEWER})}) == []
    assert check(old, {"a": registry({"churn": "xyz"}, {"user bob": Role.MEMBER})}) == []
    assert check(old, {"a": registry({"churn": "xy"}, {})}) == []


def test_a_large_removal_of_collections_is_refused() -> None:
    collections = {f"model{n}": chr(ord("a") + n) for n in range(20)}
    old = {"a": registry(collections)}
    fewer = {name: ids for name, ids in collections.items() if name not in {f"model{n}" for n in range(5)}}
    assert check(old, {"a": registry(fewer)}) == [("removal-share", "a/collections")]
    assert check(old, {}) == [("removal-share", "a/collections")]


@given(st.sets(st.text(min_size=1)))
def test_fingerprints_survive_being_joined(ids: set[str]) -> None:
    fingerprints = {fingerprint(i) for i in ids}
    assert split(join(fingerprints)) == fingerprints


def test_one_collection_of_many_links_is_a_large_removal() -> None:
    old = {"a": registry({"churn": "abcde", "loss": "fghijklmnopqrst"})}
    assert check(old, {"a": registry({"loss": "fghijklmnopqrst"})}) == [("removal-share", "a/collections")]
    fewer = {"a": registry({"churn": "abcd", "loss": "fghijklmnopqrst"})}
    assert check(fewer, {"a": registry({"loss": "fghijklmnopqrst"})}) == []


def test_all_members_at_once_are_a_large_removal() -> None:
    five = {f"user u{n}": Role.VIEWER for n in range(5)}
    assert check({"a": registry(members=five)}, {"a": registry()}) == [("removal-share", "a/members")]
    assert check({"a": registry(members=five)}, {}) == [("removal-share", "a/members")]
    four = dict(list(five.items())[:4])
    assert check({"a": registry(members=four)}, {"a": registry()}) == []
    assert check({"a": registry(members=five)}, {"a": registry(members=four)}) == []  # Memberships checks it
