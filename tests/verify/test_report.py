"""The report: what people and programs read."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from tests.verify.states import ORGANIZATION, SERVER
from wandb_registry.verify.compare import Checked
from wandb_registry.verify.observation import Observation, Verdict, exit_code, ordered
from wandb_registry.verify.report import as_json, print_report
from wandb_registry.verify.run import Verification


def verification(*observations: Observation) -> Verification:
    done = Checked(registries=1, members=2, collections=3, links=4)
    return Verification("stacks/a.yaml", SERVER, ORGANIZATION, False, done, ordered(observations))


def text(*observations: Observation) -> str:
    stream = io.StringIO()
    print_report(verification(*observations), Console(file=stream, width=160))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 0),
        ([Verdict.CHANGED_SINCE, Verdict.EXCLUDED, Verdict.MANUAL, Verdict.NOTE, Verdict.WARNING], 0),
        ([Verdict.UNREADABLE, Verdict.NOTE], 3),
        ([Verdict.UNREADABLE, Verdict.DIFFERENCE], 1),
    ],
)
def test_exit_code_by_the_worst_verdict(verdicts: list[Verdict], code: int) -> None:
    observations = [Observation(verdict, "link", "a/b") for verdict in verdicts]
    assert exit_code(observations) == code
    assert json.loads(as_json(verification(*observations)))["exit_code"] == code


def test_order_is_by_verdict_then_number_wherever_they_come_from() -> None:
    rows = [
        Observation(Verdict.NOTE, "number", "r/c:v1"),
        Observation(Verdict.DIFFERENCE, "aliases", "r/c:v10"),
        Observation(Verdict.DIFFERENCE, "aliases", "r/c:v2"),
        Observation(Verdict.DIFFERENCE, "visibility", "r"),
    ]
    subjects = [one.subject for one in ordered(rows)]
    assert subjects == ["r", "r/c:v2", "r/c:v10", "r/c:v1"]
    assert ordered(reversed(rows)) == ordered(rows)


def test_json_has_everything_and_is_stable() -> None:
    row = Observation(Verdict.CHANGED_SINCE, "aliases", "é/c:v1", "a", "b", "because")
    document = json.loads(as_json(verification(row)))
    assert document["result"] == "equal"
    assert document["counts"]["changed_since"] == 1
    assert document["checked"] == {"registries": 1, "members": 2, "collections": 3, "links": 4}
    assert document["observations"] == [
        {
            "verdict": "changed_since",
            "kind": "aliases",
            "subject": "é/c:v1",
            "expected": "a",
            "found": "b",
            "reason": "because",
        }
    ]
    assert as_json(verification(row)) == as_json(verification(row))


def test_the_table_explains_the_words_that_it_uses() -> None:
    shown = text(Observation(Verdict.CHANGED_SINCE, "aliases", "fraud/churn:v1", "production", "none"))
    assert "fraud/churn:v1" in shown
    assert "changed since" in shown
    assert "manage: once" in shown
    assert "registered model" in shown
    assert "no difference" in shown
    assert "manual" not in shown


def test_nothing_to_say_is_one_line() -> None:
    assert len(text().strip().splitlines()) == 1
    assert "Compared 1 registries, 2 members, 3 collections, 4 links" in text()


def test_names_from_the_server_can_neither_steer_the_terminal_nor_be_read_as_markup() -> None:
    shown = text(Observation(Verdict.DIFFERENCE, "tags", "r/[red]c", "x", "\x1b[2Jy\n"))
    assert "\x1b" not in shown
    assert "r/[red]c" in shown
    assert "\\x1b[2Jy\\n" in shown


def test_a_long_list_of_one_verdict_is_cut_and_says_so() -> None:
    rows = [Observation(Verdict.EXCLUDED, "link", f"t/m:v{i}") for i in range(250)]
    shown = text(Observation(Verdict.NOTE, "creator", "r user x"), *rows)
    assert "and 50 more; --json" in shown
    assert "r user x" in shown
    assert len(json.loads(as_json(verification(*rows)))["observations"]) == 250
