"""Whose key it is, and what it may do: by command, with the reason where it may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.questions import ADMINS_SEE_TEAMS, QUESTIONS, RIGHTS, SCIM
from wandb_registry.doctor.schema import REQUIRED_FEATURES, Schema
from wandb_registry.errors import UserError, listed
from wandb_registry.server.credentials import Connection
from wandb_registry.server.errors import NotFound, PermissionDenied, ServerError
from wandb_registry.server.legacy import Team, TeamMember, find_team
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import Port
from wandb_registry.server.scim import Scim
from wandb_registry.server.viewer import get_viewer

_VIEWER_FIELDS = ("admin", "accountType")
_ORGANIZATIONS = "query DoctorOrganizations { viewer { organizations { name } } }"
_ROLES = "query DoctorRoles($name: String!) { organization(name: $name) { members { username role } } }"
_CREATING = ("admin", "member")
_GIVE_TEAM = "Give --team for each team to migrate"


class OrganizationNotTold(UserError):
    """Which organization is meant cannot be told."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose key it is; None where the server does not tell."""

    username: str
    id: str
    instance_admin: bool | None
    service_account: bool | None
    organization_role: str | None  # admin, member, viewer, or a custom role


@dataclass(frozen=True, slots=True)
class SeenTeam:
    """A team as asked for: what the key sees of it, or why it sees nothing."""

    name: str
    team: Team | None
    problem: str = ""

    def role_of(self, username: str) -> str | None:
        """The role of somebody in the team, None for nobody in it."""
        member = self.member(username)
        return member.role if member is not None else None

    def member(self, username: str) -> TeamMember | None:
        """Somebody in the team, or None."""
        members = self.team.members if self.team is not None else ()
        return next((one for one in members if one.username == username and not one.pending), None)


def choose_organization(port: Port, schema: Schema, asked: str | None) -> Organization:
    """The organization asked for, or the only one that the key's person is in."""
    if asked is not None:
        return find_organization(port, asked)
    advice = "Give --organization"
    if not schema.has("User", "organizations"):
        raise OrganizationNotTold(
            "this server does not tell which organizations the key belongs to", advice=advice
        )
    viewer = port.execute(_ORGANIZATIONS, {}).get("viewer") or {}
    found = [str(one["name"]) for one in viewer.get("organizations") or ()]
    if not found:
        raise NotFound(f"the key belongs to no organization on {port.base_url}", advice=advice)
    if len(found) > 1:
        raise OrganizationNotTold(f"the key belongs to several organizations: {listed(found)}", advice=advice)
    return find_organization(port, found[0])


def read_identity(port: Port, schema: Schema, organization: Organization) -> Identity:
    """Whose key it is, as far as the server tells."""
    viewer = get_viewer(port)
    asked = [name for name in _VIEWER_FIELDS if schema.has("User", name)]
    more: dict[str, Any] = {}
    if asked:
        more = (
            port.execute(f"query DoctorViewer {{ viewer {{ {' '.join(asked)} }} }}", {}).get("viewer") or {}
        )
    account = more.get("accountType")
    return Identity(
        username=viewer.username,
        id=viewer.id,
        instance_admin=bool(more["admin"]) if more.get("admin") is not None else None,
        service_account="service" in str(account).casefold() if account is not None else None,
        organization_role=organization_role(port, schema, organization, viewer.username),
    )


def organization_role(port: Port, schema: Schema, organization: Organization, username: str) -> str | None:
    """The role of somebody in the organization; None where the server does not tell."""
    if schema.told and not schema.has("Organization", "members"):
        return None
    try:
        answer = port.execute(_ROLES, {"name": organization.name}).get("organization") or {}
    except ServerError:
        return None
    roles = {member.get("username"): member.get("role") for member in answer.get("members") or ()}
    role = roles.get(username)
    return str(role).casefold() if role is not None else None


def see_team(port: Port, organization: Organization, name: str) -> SeenTeam:
    """A team with its people, or the reason why the key sees none."""
    try:
        team = find_team(port, organization, name)
    except UserError as error:
        return SeenTeam(name, None, error.message)
    return SeenTeam(team.name, team)


def ask_identity(
    identity: Identity, teams: Sequence[SeenTeam], features: dict[str, bool] | None, lacks: str
) -> Iterator[Finding]:
    """Findings about the key: what it is, and what it may do; `lacks`: what doctor --write would miss."""
    question = QUESTIONS["admin_key"]
    if identity.instance_admin is None:
        yield question.unknown("the server does not tell", "Ask the server's administrators")
    else:
        found = f"no: {identity.username} administers the server"
        yield question.answer(found if identity.instance_admin else "yes", "viewer.admin")
    yield _closed_teams(identity, teams)
    yield from _scan(identity, teams)
    yield _up(identity, "up")
    yield _verify(features)
    yield from _cutover(identity, teams)
    up = _up(identity, "doctor --write")
    if up.verdict == "as_assumed" and lacks:
        up = RIGHTS["doctor --write"].answer(f"in part: {lacks}", up.evidence)
    yield up


def ask_scim(connection: Connection, identity: Identity) -> Finding:
    """Only an organization admin's key can tell; one listing of the people is read."""
    advice = "Run it with the key of an organization admin too"
    if identity.organization_role != "admin":
        return SCIM.unknown("the key is not known to be that of an organization admin", advice)
    scim = Scim(connection, identity.username)
    try:
        people = scim.users()
    except PermissionDenied:
        return SCIM.answer("no", "GET /scim/Users with the key of an organization admin")
    except ServerError as error:
        return SCIM.unknown(error.message, advice)
    finally:
        scim.close()
    return SCIM.answer("yes", f"GET /scim/Users: {len(people)} people")


def _closed_teams(identity: Identity, teams: Sequence[SeenTeam]) -> Finding:
    """Only the key of an organization admin who is not in one of the teams can tell."""
    others = [seen for seen in teams if seen.team is not None and seen.member(identity.username) is None]
    if identity.organization_role != "admin" or identity.instance_admin or not others:
        return ADMINS_SEE_TEAMS.unknown(
            "the key is not that of an organization admin outside one of the teams",
            "Run it with such a key too",
            needed=False,
        )
    seen = [one.name for one in others if one.team is not None and one.team.has_legacy]
    found = f"no: {identity.username} sees the legacy registry of {listed(seen)}" if seen else "yes"
    return ADMINS_SEE_TEAMS.answer(found, "the legacy registries of teams without the key's person")


def _scan(identity: Identity, teams: Sequence[SeenTeam]) -> Iterator[Finding]:
    question = RIGHTS["scan"]
    if not teams:
        yield question.unknown("no team was named", _GIVE_TEAM, needed=False)
        return
    problems = [problem for team in teams if (problem := _blind(identity, team))]
    yield question.answer(
        "yes" if not problems else f"no: {'; '.join(problems)}", "teams, people, legacy registries"
    )


def _blind(identity: Identity, seen: SeenTeam) -> str:
    """Why scan would not take the team, or nothing."""
    if seen.team is None:
        return seen.problem
    if not seen.team.has_legacy and seen.member(identity.username) is None:
        return f"the legacy registry of team {seen.name} cannot be seen with this key"
    return ""


def _up(identity: Identity, command: str) -> Finding:
    question = RIGHTS[command]
    if identity.instance_admin:
        return question.answer("yes", f"{identity.username} administers the server")
    role = identity.organization_role
    if role is None:
        return question.unknown(
            f"the role of {identity.username} in the organization is not told", "doctor --write tries it"
        )
    evidence = (
        f"{identity.username} is {role} of the organization; members may create registries (documented)"
    )
    if role in _CREATING:
        return question.answer("yes", evidence)
    if role == "viewer":
        return question.answer(f"no: {identity.username} is viewer of the organization", evidence)
    return question.unknown(f"what the custom role {role} may do is not told", "doctor --write tries it")


def _verify(features: dict[str, bool] | None) -> Finding:
    question = RIGHTS["verify"]
    if features is None:
        return question.unknown("the server does not tell its features", "Run verify and see")
    off = [name for name in REQUIRED_FEATURES if not features.get(name)]
    found = "yes" if not off else f"no: the server has {listed(off)} off"
    return question.answer(found, "the organization is seen, and the client's features are on")


def _cutover(identity: Identity, teams: Sequence[SeenTeam]) -> Iterator[Finding]:
    question = RIGHTS["cutover"]
    if not teams:
        yield question.unknown("no team was named", _GIVE_TEAM)
        return
    problems = []
    for seen in teams:
        role = seen.role_of(identity.username)
        if problem := _blind(identity, seen):
            problems.append(problem)
        elif role in (None, "view-only") and not identity.instance_admin:
            what = "not in" if role is None else "view-only in"
            problems.append(f"{identity.username} is {what} team {seen.name}")
    yield question.answer("yes" if not problems else f"no: {'; '.join(problems)}", "roles in the teams")
