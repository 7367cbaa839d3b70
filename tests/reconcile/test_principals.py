"""Who a desired user is, by a complete listing and by what is known from before."""

from __future__ import annotations

import pytest

from wandb_registry.reconcile.principals import Case, Record, Spelling, Told, tell
from wandb_registry.server.members import Member, Principal
from wandb_registry.server.organizations import Organization
from wandb_registry.state.roles import Role

ACME = Organization("o1", "Acme Inc", "acme")
ZOE = Principal("user", "zoe")
PEOPLE = {"ann": "u1", "Bob": "u2", "zoe-smith": "u9"}


@pytest.mark.parametrize(
    ("name", "recorded", "told"),
    [
        ("ann", None, ("found", "u1", "")),
        ("ann", "u1", ("found", "u1", "")),
        ("ANN", "u1", ("found", "u1", "")),
        ("bob", None, ("found", "u2", "")),
        ("ann", "u7", ("another person", "u1", "")),
        ("ann", "u9", ("another person", "u1", "")),  # renamed, and somebody else took the name
        ("zoe", "u9", ("renamed", "", "zoe-smith")),
        ("zoe", "u7", ("gone", "", "")),
        ("zoe", None, ("unknown", "", "")),
    ],
)
def test_ids_decide_and_names_compare_without_case(
    name: str, recorded: str | None, told: tuple[str, str, str]
) -> None:
    principal = Principal("user", name)
    found = tell(principal, PEOPLE, Record({principal: recorded} if recorded else {}))
    assert (found.case, found.id, found.new_name) == told


def test_the_id_of_scan_stands_before_the_one_that_we_remember() -> None:
    ann = Principal("user", "ann")
    assert tell(ann, PEOPLE, Record({ann: "u1"}, {ann: "u7"})).case is Case.FOUND
    assert tell(ann, PEOPLE, Record({}, {ann: "u7"})).case is Case.ANOTHER
    assert tell(ZOE, PEOPLE, Record({}, {ZOE: "u7"})).case is Case.GONE
    assert tell(ZOE, PEOPLE, Record({}, {ZOE: "u9"})).new_name == "zoe-smith"


def test_whom_we_applied_was_there_once() -> None:
    assert tell(ZOE, PEOPLE, Record(applied=frozenset({ZOE}))).case is Case.GONE


def test_a_listing_may_leave_service_accounts_out() -> None:
    services = frozenset({ZOE})
    assert tell(ZOE, PEOPLE, Record({ZOE: "u7"}, {}, services, services)) == Told(ZOE, Case.FOUND, "u7")
    assert tell(ZOE, PEOPLE, Record({}, {}, services, services)).case is Case.UNKNOWN


def test_two_names_that_differ_in_case_alone_prove_nothing() -> None:
    people = {"Zoe": "u1", "ZOE": "u2"}
    assert tell(ZOE, people, Record(applied=frozenset({ZOE}))).case is Case.UNKNOWN
    assert tell(ZOE, people, Record({ZOE: "u2"})).new_name == "ZOE"
    assert tell(Principal("user", "Zoe"), people, Record()).id == "u1"


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            Told(ZOE, Case.GONE),
            "user zoe is gone from organization Acme Inc (entity acme): "
            "take registries.fraud.members.users.zoe out of the stack file",
        ),
        (
            Told(ZOE, Case.RENAMED, new_name="zoe-smith"),
            "user zoe is called zoe-smith in organization Acme Inc (entity acme) now: "
            "rename registries.fraud.members.users.zoe in the stack file",
        ),
        (
            Told(ZOE, Case.ANOTHER, "u1"),
            "user zoe is another person than scan saw, or we added, under this name: scan again, or take "
            "registries.fraud.members.users.zoe out, run `pulumi up`, and put it back",
        ),
        (
            Told(Principal("team", "risk"), Case.UNKNOWN),
            "team risk is not known to organization Acme Inc (entity acme), or this key may not see it: "
            "correct the name, or use a key that may",
        ),
    ],
)
def test_each_case_says_what_to_do(told: Told, line: str) -> None:
    assert told.line(ACME, "fraud") == line


def test_members_are_spelled_as_the_file_does() -> None:
    there = {
        p: Member(p, p.name, Role.VIEWER) for p in (ZOE, Principal("user", "Ann"), Principal("team", "Zoe"))
    }
    loud = Principal("user", "ZOE")
    names = Spelling([loud], there)
    assert set(names.members(there)) == {loud, Principal("user", "Ann"), Principal("team", "Zoe")}
    assert names.members(there)[loud] == Member(loud, "zoe", Role.VIEWER)
    assert names.of(Principal("user", "ann")) == Principal("user", "Ann")
    both = Spelling([ZOE, loud], there)  # the file tells them apart
    assert (both.of(ZOE), both.of(loud)) == (ZOE, loud)
