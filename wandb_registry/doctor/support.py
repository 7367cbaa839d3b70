"""The support request: what only W&B can do for a migration, ready to be sent."""

from __future__ import annotations

from collections.abc import Iterator

from wandb_registry.state.doctor_report import DoctorReport

_TEAM_TO_FILL = "<the teams to migrate>"


def support_request(report: DoctorReport) -> str:
    """The text, with organization, teams and server filled in; it names no person and no key."""
    teams = ", ".join(report.teams) or _TEAM_TO_FILL
    wishes = "\n".join(f"{number}. {wish}" for number, wish in enumerate(_wishes(report, teams), 1))
    return f"""Subject: Migration of legacy Model Registries to the W&B Registry: {report.organization.name}

Hello W&B support,

we migrate the legacy Model Registries of our organization to the W&B Registry ourselves, as reviewed
configuration, and need the following, which only you can do.

Organization: {report.organization.name} (entity {report.organization.entity}, id {report.organization.id})
Teams: {teams}
Server: {report.server}
Version: {_version(report)}

{wishes}

We run our migration team by team, verify it against the legacy registry, and tell you when each is done.

Thank you.
"""


def _wishes(report: DoctorReport, teams: str) -> Iterator[str]:
    yield (
        f"Please make the project model-registry of these teams read-only on a date that we name: {teams}.\n"
        "   There is no API for it, and late writes would be lost."
    )
    yield (
        "Please do not start your own migration for these teams meanwhile, or tell us the date: two copies\n"
        "   would result."
    )
    yield (
        "Please redirect the old paths (TEAM/model-registry/NAME) to the new collections, as your own\n"
        "   migration does. We send the map of paths as CSV."
    )
    yield (
        f"Please protect aliases in the new registries as in the legacy ones{_protected(report)},\n"
        "   or open the API for it."
    )
    if report.restricted_registries is False:
        yield "Please let our key create restricted registries: the server refuses it."
    features = report.finding("features")
    if features is not None and features.verdict == "different":
        yield f"Please turn these server features on: {features.found.removeprefix('off: ')}."
    if report.empty_collections is False:
        yield "Please offer createArtifactPortfolio: without it, empty models cannot be carried over."
    lost = sorted({row.feature.replace("_", " ") for row in report.parity if row.blocks})
    if lost:
        yield f"The server lacks what our teams use today: {', '.join(lost)}. Please tell us how to proceed."
    if report.may_fill_gaps is not True:
        yield (
            "Please confirm: a version number of a registry collection is never given twice, and linking a\n"
            "   version again after an unlink gives a new number."
        )


def _protected(report: DoctorReport) -> str:
    used = [
        f"{row.team}: {row.used.partition(': ')[2]}"
        for row in report.parity
        if row.feature == "protected_aliases"
    ]
    return f" ({'; '.join(used)})" if used else ""


def _version(report: DoctorReport) -> str:
    finding = report.finding("server_version")
    known = finding is not None and finding.verdict != "unknown"
    return finding.found if finding is not None and known else "<as your account page shows it>"
