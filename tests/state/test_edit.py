"""Editing a stack file as text: exactly the change, and every other line byte for byte as it was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.state.hand_written import stack_files
from tests.state.strategies import TEXT, stacks
from tests.state.test_load import GOOD
from wandb_registry.state.document import Place, parse_document
from wandb_registry.state.dump import dump_stack
from wandb_registry.state.edit import as_patch, remove_entries, rename_key
from wandb_registry.state.load import parse_stack
from wandb_registry.state.models import StackState
from wandb_registry.state.problems import InvalidFile

PEOPLE: Place = ("registries", "fraud-models", "members", "users")


def principals(stack: StackState) -> list[Place]:
    """The place of every user and team of a stack file."""
    return [
        ("registries", registry, "members", kind, name)
        for registry, state in stack.registries.items()
        if state.members
        for kind in ("users", "teams")
        for name in getattr(state.members, kind)
    ]


def lacking(stack: StackState, gone: list[Place]) -> StackState:
    """The stack without these members."""
    data = stack.model_dump()
    for _, registry, _, kind, name in gone:
        del data["registries"][registry]["members"][kind][name]
    return StackState.model_validate(data)


def git_lines(text: str) -> list[str]:
    """The lines as git counts them."""
    return text.split("\n")


@given(st.data())
@settings(max_examples=150)
def test_what_scan_writes_loses_exactly_the_entries(data: st.DataObject) -> None:
    stack = data.draw(stacks())
    text = dump_stack(stack)
    gone = [place for place in principals(stack) if data.draw(st.booleans())]
    edited = remove_entries(text, gone, "x")
    assert parse_stack(edited, "x") == lacking(stack, gone)
    lines = parse_document(text, "x").lines
    touched = {lines[place] - 1 for place in gone}
    before, after = git_lines(text), git_lines(edited)
    assert len(before) == len(after)
    assert all(old == new for n, (old, new) in enumerate(zip(before, after, strict=True)) if n not in touched)


@given(st.data())
@settings(max_examples=400)
def test_what_people_format_keeps_every_other_line(data: st.DataObject) -> None:
    page, stack = data.draw(stack_files())
    assert parse_stack(page.text.removeprefix("\ufeff"), "x") == stack
    gone = [place for place in principals(stack) if data.draw(st.booleans())]
    edited = remove_entries(page.text, gone, "x")
    assert parse_stack(edited.removeprefix("\ufeff"), "x") == lacking(stack, gone)
    touched: set[int] = set().union(*(page.lines[place] for place in gone))
    for mapping in {place[:-1] for place in gone}:
        left = [place for place in principals(stack) if place[:-1] == mapping and place not in gone]
        touched |= page.lines[mapping] if not left else set()
    kept = [line for number, line in enumerate(git_lines(page.text)) if number not in touched]
    rest = iter(git_lines(edited))
    assert all(line in rest for line in kept), edited  # in this order


@given(st.data())
@settings(max_examples=150)
def test_a_renamed_key_changes_its_own_line_alone(data: st.DataObject) -> None:
    page, stack = data.draw(stack_files())
    place = data.draw(st.sampled_from(principals(stack) or [None]))
    if place is None:
        return
    name = data.draw(TEXT.filter(lambda name: name != place[-1]))
    text = page.text.removeprefix("\ufeff")
    mapping = parse_document(text, "x").data
    for step in place[:-1]:
        mapping = mapping[step]
    if name in mapping:
        with pytest.raises(InvalidFile):
            rename_key(text, place, name, "x")
        return
    edited = rename_key(text, place, name, "x")
    found = parse_document(edited, "x").data
    for step in place[:-1]:
        found = found[step]
    assert list(found.items()) == [(name if k == place[-1] else k, v) for k, v in mapping.items()]
    touched = page.lines[place]
    before, after = git_lines(text), git_lines(edited)
    assert all(old == new for n, (old, new) in enumerate(zip(before, after, strict=True)) if n not in touched)


@pytest.mark.parametrize(
    ("users", "gone", "left"),
    [
        ("{alice: admin}", ["alice"], "{}"),
        ("{ alice: admin }", ["alice"], "{}"),
        ("{alice: admin, bob: viewer}", ["bob"], "{alice: admin}"),
        ("{alice: admin, bob: viewer}", ["alice"], "{bob: viewer}"),
        ("{alice: admin, bob: viewer, eve: member}", ["bob"], "{alice: admin, eve: member}"),
        ("{alice: admin, bob: viewer, eve: member}", ["bob", "eve"], "{alice: admin}"),
        ("{alice: admin, bob: viewer,}  # both", ["alice", "bob"], "{}  # both"),
        ('{"alice": admin, \'bob\': "viewer"}', ["alice"], "{'bob': \"viewer\"}"),
        ("{alice: &role admin, bob: *role}", ["bob"], "{alice: &role admin}"),
        ("{alice: admin, bob: viewer,\n        eve: a}", ["bob"], "{alice: admin,\n        eve: a}"),
        ("{alice: admin, # first\n        eve: a}", ["alice"], "{ # first\n        eve: a}"),
    ],
)
def test_flow_style(users: str, gone: list[str], left: str) -> None:
    text = GOOD.replace("{alice: admin}", users)
    assert remove_entries(text, [(*PEOPLE, name) for name in gone], "x") == GOOD.replace(
        "{alice: admin}", left
    )


def test_an_emptied_block_says_so_and_keeps_its_comments() -> None:
    text = GOOD.replace(
        "users: {alice: admin}",
        "users:  # by name\n        # the boss\n        alice: admin  # until May\n        bob: viewer",
    )
    edited = remove_entries(text, [(*PEOPLE, "alice"), (*PEOPLE, "bob")], "x")
    assert edited == GOOD.replace("users: {alice: admin}", "users: {}  # by name\n        # the boss")


def test_a_whole_registry_goes_and_what_belongs_to_the_next_one_stays() -> None:
    text = "registries:\n  a:\n    visibility: restricted\n\n  # about b\n  b: {visibility: restricted}\n"
    assert remove_entries(text, [("registries", "a"), ("registries", "a", "visibility")], "x") == (
        "registries:\n\n  # about b\n  b: {visibility: restricted}\n"
    )
    assert remove_entries("a: 1  # one\nb: 2\n", [("a",), ("b",)], "x") == "{}  # one\n"


def test_a_role_that_others_share_by_an_anchor_is_left_to_people() -> None:
    text = GOOD.replace("{alice: admin}", "{alice: &role admin, bob: *role}")
    with pytest.raises(
        InvalidFile, match=r"x:10: registries\.fraud-models\.members\.users\.alice: .*by hand"
    ):
        remove_entries(text, [(*PEOPLE, "alice")], "x")
    shared = "a: &people {alice: admin, bob: viewer}\nb: *people\n"
    for place in [("a", "alice"), ("b", "alice")]:
        with pytest.raises(InvalidFile, match="by hand"):
            remove_entries(shared, [place], "x")
        with pytest.raises(InvalidFile, match="by hand"):
            rename_key(shared, place, "zoe", "x")


def test_what_is_not_there_is_named_with_its_place() -> None:
    with pytest.raises(
        InvalidFile, match=r"x:10: registries\.fraud-models\.members\.users\.zoe: is not there"
    ):
        remove_entries(GOOD, [(*PEOPLE, "zoe")], "x")
    with pytest.raises(InvalidFile, match="is not there"):
        rename_key(GOOD, (*PEOPLE, "zoe", "deep"), "zed", "x")


def test_a_new_name_gets_quotes_where_it_needs_them() -> None:
    assert "users: {zoe-smith: admin}" in rename_key(GOOD, (*PEOPLE, "alice"), "zoe-smith", "x")
    assert "users: {'a: b': admin}" in rename_key(GOOD, (*PEOPLE, "alice"), "a: b", "x")


@given(data=st.data())
@settings(max_examples=30)
def test_git_applies_the_patch_to_the_byte(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page, stack = data.draw(stack_files())
    gone = [place for place in principals(stack) if data.draw(st.booleans())]
    edited = remove_entries(page.text, gone, "x")
    patch = as_patch("stacks/my team.yaml", page.text, edited)
    assert bool(patch) == bool(gone)
    if not patch:
        return
    folder: Path = tmp_path_factory.mktemp("repository")
    file = folder / "stacks" / "my team.yaml"
    file.parent.mkdir()
    file.write_bytes(page.text.encode())
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=folder, check=True, capture_output=True)
    assert file.read_bytes() == edited.encode()
