"""A whole examination: what the command line calls, and what tests drive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wandb_registry.doctor import (
    link_experiments,
    member_experiments,
    registry_experiments,
    source_experiments,
)
from wandb_registry.doctor.findings import Finding, keep_known
from wandb_registry.doctor.identity import (
    Identity,
    SeenTeam,
    ask_identity,
    ask_scim,
    choose_organization,
    organization_role,
    read_identity,
    see_team,
)
from wandb_registry.doctor.lab import Lab, perform
from wandb_registry.doctor.member_experiments import Guest, find_guest
from wandb_registry.doctor.pages import ask_pages
from wandb_registry.doctor.parity import Server, ask_parity, compare_teams
from wandb_registry.doctor.questions import (
    CORE_REGISTRIES,
    LEFT_OVER,
    ORDER,
    QUESTIONS,
    RIGHTS,
)
from wandb_registry.doctor.schema import Schema, ask_schema, read_features, read_schema
from wandb_registry.doctor.sources import find_sources, log_sources, parse_sources, scratch_team
from wandb_registry.doctor.throwaway import (
    ARTIFACT_TYPE,
    LeftBehind,
    Throwaway,
    left_over,
    remove_left_over,
    throwaway,
)
from wandb_registry.doctor.tried_questions import CREATION, VISIBILITY
from wandb_registry.doctor.wire import ask_wire, probe
from wandb_registry.errors import listed
from wandb_registry.server.credentials import Connection
from wandb_registry.server.errors import ServerError, Unauthorized, Unavailable
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry, list_registries
from wandb_registry.server.viewer import get_viewer
from wandb_registry.state.doctor_report import DoctorReport, FindingRecord, dump_report
from wandb_registry.state.inventory import OrganizationRecord
from wandb_registry.state.names import is_core_registry
from wandb_registry.state.sources import Source

Notify = Callable[[str], None]

_WRITE = "Run doctor --write: it tries this in a throwaway registry and removes it"
# Asked on request only, so that their being unknown is no reason to fail.
_GUESTS = ("default_role", "restricted_viewers", "role_needs_member", "seats")
_ON_REQUEST = {*_GUESTS, *(question.id for question in VISIBILITY)}


@dataclass(frozen=True, slots=True)
class Request:
    """What doctor was asked for."""

    organization: str | None = None
    teams: tuple[str, ...] = ()
    write: bool = False
    try_visibility: bool = False
    sources: tuple[str, ...] = ()
    principal: str | None = None
    viewer_seat: bool = False  # the person behind the second key has a viewer's seat


@dataclass(frozen=True)
class Examined:
    """A server under examination: everything that was read of it before anything was tried."""

    port: Port
    organization: Organization
    identity: Identity
    schema: Schema
    teams: tuple[SeenTeam, ...]
    second: Port | None = field(default=None, repr=False)
    notify: Notify = field(default=lambda _: None, repr=False)


def examine(
    port: Port,
    connection: Connection,
    request: Request,
    *,
    second: Port | None = None,
    earlier: DoctorReport | None = None,
    notify: Notify = lambda _: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> DoctorReport:
    """Find out everything that was asked for; `second` is the key of an ordinary person.

    What has no answer now keeps that of `earlier`, where that is about the same server as it still is: of
    the same address, organization, version and features. After an update nothing of before counts.
    Raises UserError where the server, the key, the organization or a source named is no good.
    """
    sources = parse_sources(request.sources)
    notify("the server")
    features, schema = read_features(port), read_schema(port)
    organization = choose_organization(port, schema, request.organization)
    identity = read_identity(port, schema, organization)
    teams = _see_teams(port, organization, request.teams, notify)
    examined = Examined(port, organization, identity, schema, teams, second, notify)
    found = {finding.id: finding for finding in _unasked(request.write)}
    notify("the connection and the schema")
    seen_teams = [seen.name for seen in teams if seen.team is not None]
    for finding in (
        *ask_wire(connection, probe(connection)),
        *ask_schema(port, schema, features),
        *ask_pages(port, organization, seen_teams),
        ask_scim(connection, identity),
        *ask_identity(identity, teams, features, _lacks(examined, sources)),
    ):
        found[finding.id] = finding
    found[CORE_REGISTRIES.id] = _core_registries(examined)
    found[LEFT_OVER.id] = _left_over(examined, write=request.write)
    if request.write:
        for finding in _tried(examined, request, sources):
            found[finding.id] = finding
    same = _is_same(earlier, port.base_url, organization, features, found["server_version"])
    known = _answers(earlier, identity) if earlier is not None and same else {}
    findings = keep_known([found[question.id] for question in ORDER if question.id in found], known)
    draft = DoctorReport(
        at=now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        server=port.base_url,
        organization=OrganizationRecord(
            id=organization.id, name=organization.name, entity=organization.entity
        ),
        teams=tuple(seen.name for seen in teams),
        identity=identity.username,
        wrote=request.write or (earlier is not None and same and earlier.wrote),
        features=features or {},
        findings=_records(findings),
    )
    server = Server(schema, features, draft.may_fill_gaps, draft.empty_collections)
    parity = tuple(compare_teams(port, teams, server, notify))
    return draft.model_copy(update={"parity": parity, "findings": _records((*findings, *ask_parity(parity)))})


def findings_of(report: DoctorReport) -> tuple[Finding, ...]:
    """The findings of a report."""
    return tuple(Finding(**record.model_dump()) for record in report.findings)


def write_report(report: DoctorReport, path: Path) -> None:
    """Write the report whole, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(dump_report(report), encoding="utf-8")
    new.replace(path)


def _see_teams(
    port: Port, organization: Organization, asked: Sequence[str], notify: Notify
) -> tuple[SeenTeam, ...]:
    seen: dict[str, SeenTeam] = {}
    for name in asked:
        notify(f"team {name}")
        team = see_team(port, organization, name)
        seen.setdefault(team.name, team)
    return tuple(seen[name] for name in sorted(seen))


def _unasked(write: bool) -> Iterator[Finding]:
    for question in ORDER:
        if question.writes:
            needed = question.id not in _ON_REQUEST
            why = "not tried" if write else "not asked: only --write tells"
            yield question.unknown(why, _WRITE, needed=needed)


def _lacks(examined: Examined, sources: Sequence[Source]) -> str:
    if sources or scratch_team(examined.identity, examined.teams) is not None:
        return ""
    return "no versions to link: give --source three times, or --team of which the key's person is admin"


def _core_registries(examined: Examined) -> Finding:
    try:
        seen = [one.name for one in list_registries(examined.port, examined.organization)]
    except ServerError as error:
        return CORE_REGISTRIES.unknown(error.message, "Look in the W&B app")
    core = [name for name in seen if is_core_registry(name)]
    return CORE_REGISTRIES.answer("yes" if core else "no", "the registries that this key sees")


def _left_over(examined: Examined, *, write: bool) -> Finding:
    try:
        found = left_over(examined.port, examined.organization)
        teams = [seen.name for seen in examined.teams]
        if write and found:
            examined.notify("what an earlier run left")
            found = remove_left_over(
                examined.port, examined.organization, found, examined.identity.username, teams
            )
    except ServerError as error:
        return LEFT_OVER.unknown(error.message, "Look for registries doctor-… in the W&B app")
    return LEFT_OVER.answer(listed(one.name for one in found) or "none", "the registries that this key sees")


def _tried(examined: Examined, request: Request, sources: Sequence[Source]) -> list[Finding]:
    """Everything that only a throwaway registry can tell."""
    given = find_sources(examined.port, sources) if sources else None
    guest = _guest(examined, request)
    findings: list[Finding] = []
    try:
        with throwaway(examined.port, examined.organization) as made:
            examined.notify("a throwaway registry")
            registry, finding = _create(made, given.artifact_type if given else ARTIFACT_TYPE)
            findings.append(finding)
            if registry is None:
                return [*findings, *_without_registry()]
            findings.append(RIGHTS["up"].answer("yes", "a registry was created"))
            logged = given or log_sources(
                examined.port, made, scratch_team(examined.identity, examined.teams)
            )
            lab = Lab(examined.port, examined.organization, made, registry, logged)
            findings.extend(_experiments(examined, request, lab, guest))
            examined.notify("the end: everything is thrown away")
    except LeftBehind as error:
        findings.append(LEFT_OVER.answer(error.message, "removing what this run made"))
        findings.append(QUESTIONS["registry_delete"].answer(f"no: {error.message}", "the end of this run"))
    return findings


def _create(made: Throwaway, artifact_type: str) -> tuple[Registry | None, Finding]:
    """The throwaway registry, or None where the server refuses a restricted one."""
    question, evidence = (
        QUESTIONS["restricted_creation"],
        "a throwaway registry, restricted in its first request",
    )
    try:
        registry = made.create(artifact_type=artifact_type)
    except (Unavailable, Unauthorized):
        raise
    except ServerError as error:
        return None, question.answer(f"no: {error.message}", evidence)
    if registry.visibility != "restricted":
        return None, question.answer("no: it is open to the organization", evidence)
    return registry, question.answer("yes", evidence)


def _experiments(examined: Examined, request: Request, lab: Lab, guest: Guest | None) -> Iterator[Finding]:
    examined.notify("members")
    ordinary, problem = _ordinary(examined)
    yield from perform(
        lab,
        [
            member_experiments.membership(examined.identity.username, guest),
            member_experiments.seats(ordinary, viewer_seat=request.viewer_seat),
        ],
    )
    if request.try_visibility:
        examined.notify("visibility, with empty registries")
        yield from perform(lab, [registry_experiments.visibility(ordinary, problem)])
    else:
        for question in VISIBILITY:
            yield question.unknown("not tried", "Give --try-visibility", needed=False)
    examined.notify("links, numbers and aliases")
    yield from perform(lab, link_experiments.EXPERIMENTS)
    examined.notify("sources")
    yield from perform(lab, source_experiments.experiments(examined.identity.username))
    lab.made.remove_projects()  # while the registry is there, under whose name a later run finds them
    examined.notify("types, rename and delete")
    yield from perform(lab, registry_experiments.settings(examined.schema))


def _without_registry() -> Iterator[Finding]:
    for question in ORDER:
        if question.writes and question is not CREATION[0]:
            yield question.unknown(
                "there is no throwaway registry",
                CREATION[0].consequence,
                needed=question.id not in _ON_REQUEST,
            )


def _guest(examined: Examined, request: Request) -> Guest | None:
    """Whom to add: who was named, else the person behind the second key."""
    name = request.principal
    if name is None and examined.second is not None:
        name = get_viewer(examined.second).username
    if name is None or name == examined.identity.username:
        return None
    return find_guest(examined.port, examined.organization, name)


def _ordinary(examined: Examined) -> tuple[Port | None, str]:
    """The second key's port where it proves something, else the reason why it does not."""
    if examined.second is None:
        return None, "no key of an ordinary person"
    username = get_viewer(examined.second).username
    if username == examined.identity.username:
        return None, "the second key belongs to the same person"
    role = organization_role(examined.port, examined.schema, examined.organization, username)
    if role == "admin":
        return None, f"{username} administers the organization, and so every registry"
    return examined.second, ""


def _answers(earlier: DoctorReport, identity: Identity) -> dict[str, FindingRecord]:
    """What an earlier report found out; what its key might do counts for that key only."""
    mine = earlier.identity == identity.username
    return {one.id: one for one in earlier.findings if mine or not one.id.startswith("rights_")}


def _is_same(
    earlier: DoctorReport | None,
    server: str,
    organization: Organization,
    features: dict[str, bool] | None,
    version: Finding,
) -> bool:
    """Whether an earlier report is about this server as it is now."""
    if earlier is None or not earlier.is_about(server, organization.id):
        return False
    before = earlier.finding("server_version")
    return earlier.features == (features or {}) and before is not None and before.found == version.found


def _records(findings: Iterable[Finding]) -> tuple[FindingRecord, ...]:
    return tuple(FindingRecord(**asdict(finding)) for finding in findings)
