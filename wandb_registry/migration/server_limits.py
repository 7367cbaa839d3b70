"""What doctor found out about the server, where it stands in the way of this scan.

Without a report nothing is said: `numbering: exact` then counts as the reviewer's own proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wandb_registry.errors import listed
from wandb_registry.migration.config import MigrationConfig
from wandb_registry.migration.findings import Code, Finding, in_order
from wandb_registry.migration.mapping import Mapped
from wandb_registry.state.doctor_report import DoctorReport, ParityRecord

# Told from the stack itself, which knows better than the day of the examination.
_FROM_THE_STACK = ("gaps", "empty_models")


def with_server_limits(mapped: Mapped, doctor: DoctorReport | None, config: MigrationConfig) -> Mapped:
    """The mapping with the findings that follow from the report."""
    if doctor is None:
        return mapped
    found = (
        *_numbering(mapped, doctor),
        *_restricted(mapped, doctor),
        *_empty(mapped, doctor),
        *_parity(mapped, doctor, config),
    )
    return replace(mapped, findings=in_order((*mapped.findings, *found)))


def _numbering(mapped: Mapped, doctor: DoctorReport) -> Iterator[Finding]:
    if mapped.inventory.numbering != "exact":
        return
    subject = "numbering"
    if doctor.may_fill_gaps is False:
        yield Finding(
            Code.NUMBERING_DISPROVED,
            "block",
            subject,
            "missing numbers cannot be made: doctor found that this server gives a number again",
            "Say `numbering: compact` in migration.yaml",
        )
    elif doctor.may_fill_gaps is None:
        yield Finding(
            Code.NUMBERING_UNPROVEN,
            "warning",
            subject,
            "whether missing numbers can be made on this server was not tried",
            "Run `wandb-registry doctor --write`; up compares each number and stops at a wrong one",
        )


def _restricted(mapped: Mapped, doctor: DoctorReport) -> Iterator[Finding]:
    if doctor.restricted_registries is not False:
        return
    new = [
        name
        for name, registry in mapped.stack.registries.items()
        if registry.visibility == "restricted" and name not in mapped.inventory.baseline
    ]
    if new:
        yield Finding(
            Code.SERVER_LACKS,
            "block",
            listed(new),
            "cannot be created: doctor found that the server refuses restricted registries to its key",
            "Ask the organization's admins, run `wandb-registry doctor --write` again, then scan again",
        )


def _empty(mapped: Mapped, doctor: DoctorReport) -> Iterator[Finding]:
    if doctor.empty_collections is not False:
        return
    for name, registry in mapped.stack.registries.items():
        baseline = mapped.inventory.baseline.get(name)
        there = baseline.collections if baseline is not None else {}
        for collection, state in registry.collections.items():
            if not state.links and collection not in there:
                yield Finding(
                    Code.SERVER_LACKS,
                    "block",
                    f"{name}/{collection}",
                    "is empty, and doctor found that the server cannot make a collection without a link",
                    "Leave the model out in migration.yaml under models.exclude",
                )


def _parity(mapped: Mapped, doctor: DoctorReport, config: MigrationConfig) -> Iterator[Finding]:
    reasons: dict[str, str] = {one.feature: one.reason for one in config.without}
    for origin in mapped.stack.legacy:
        for row in doctor.gaps(origin.team):
            if row.feature in _FROM_THE_STACK:
                continue
            yield _gap(row, reasons.get(row.feature))


def _gap(row: ParityRecord, reason: str | None) -> Finding:
    message = f"uses what doctor found that the server lacks: {row.used}"
    if reason is not None:
        return Finding(
            Code.SERVER_LACKS, "warning", row.team, f"{message}; migration.yaml goes without: {reason}"
        )
    advice = f"Say so in migration.yaml: without: [{{feature: {row.feature}, reason: ...}}]"
    return Finding(Code.SERVER_LACKS, "block", row.team, message, f"{row.advice}. {advice}")
