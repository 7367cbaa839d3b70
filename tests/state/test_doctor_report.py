"""doctor.json: its typed questions, and what is no good in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wandb_registry.state.doctor_report import (
    DoctorReport,
    FindingRecord,
    Verdict,
    doctor_of,
    dump_report,
    load_doctor,
)
from wandb_registry.state.inventory import OrganizationRecord
from wandb_registry.state.load import check_folder, stack_files
from wandb_registry.state.problems import InvalidFile
from wandb_registry.state.roles import Role


def finding(question: str, verdict: Verdict, found: str = "") -> FindingRecord:
    return FindingRecord(
        id=question,
        question="?",
        assumed="yes",
        found=found,
        verdict=verdict,
        consequence="",
        evidence="",
        needed=True,
    )


def report(*findings: FindingRecord) -> DoctorReport:
    return DoctorReport(
        at="2026-01-01T00:00:00Z",
        server="https://wandb.example.com",
        organization=OrganizationRecord(id="O1", name="Acme Inc", entity="acme"),
        identity="root",
        wrote=True,
        findings=findings,
    )


@pytest.mark.parametrize(
    ("reuse", "relink", "expected"),
    [
        ("as_assumed", "as_assumed", True),
        ("different", "as_assumed", False),
        ("as_assumed", "different", False),
        ("unknown", "different", False),
        ("as_assumed", "unknown", None),
        ("unknown", "unknown", None),
    ],
)
def test_gaps_are_filled_only_where_both_are_proved(
    reuse: Verdict, relink: Verdict, expected: bool | None
) -> None:
    found = report(finding("index_reuse", reuse), finding("relink_after_unlink", relink))
    assert found.may_fill_gaps is expected
    assert report().may_fill_gaps is None


@pytest.mark.parametrize(("verdict", "size"), [("different", 1), ("as_assumed", None), ("unknown", None)])
def test_the_size_of_batches(verdict: Verdict, size: int | None) -> None:
    assert report(finding("batched_mutations", verdict)).batch_size == size


def test_roles_pages_and_flags() -> None:
    found = report(
        finding("default_role", "different", "viewer"),
        finding("page_size", "different", "250"),
        finding("empty_collection", "different", "no"),
        finding("restricted_creation", "as_assumed", "yes"),
    )
    assert found.default_role is Role.VIEWER
    assert found.page_size == 250
    assert found.empty_collections is False
    assert found.restricted_registries is True
    nothing = report(finding("default_role", "unknown", "viewer"), finding("page_size", "unknown", "250"))
    assert (nothing.default_role, nothing.page_size) == (None, None)
    odd = report(finding("default_role", "different", "observer"), finding("page_size", "different", "many"))
    assert (odd.default_role, odd.page_size) == (None, None)


def test_a_report_beside_stack_files_is_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text(dump_report(report()), encoding="utf-8")
    assert stack_files(tmp_path) == []
    check_folder(tmp_path)
    assert load_doctor(tmp_path) == report()
    assert load_doctor(tmp_path / "elsewhere") is None


def test_a_report_of_another_server_or_organization_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_text(dump_report(report()), encoding="utf-8")
    assert doctor_of(tmp_path, "https://wandb.example.com", "O1") == report()
    assert doctor_of(tmp_path, "https://other.example.com", "O1") is None
    assert doctor_of(tmp_path, "https://wandb.example.com", "O2") is None


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2}', "[]", '{"version": 1, "more": 1}'])
def test_a_report_that_is_no_good_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "doctor.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        InvalidFile, match="it is written by `wandb-registry doctor`: run that again"
    ) as raised:
        load_doctor(tmp_path)
    assert str(raised.value).startswith(str(path))
    assert len(str(raised.value).splitlines()) == 1


def test_a_report_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "doctor.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_doctor(tmp_path)
