"""POST /db/user, /db/organization, /db/team, /db/project: set up what tests need, without a key.

The first three have the shape of W&B's own test fixtures; all can be repeated without error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.responses import JSONResponse, Response

from wandb_sandbox.errors import ApiError, InvalidError, NotFoundError
from wandb_sandbox.execution.run import refusal
from wandb_sandbox.http.state import State, state_of
from wandb_sandbox.store import links, people, projects

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from wandb_sandbox.store.rows import Entity, Organization

MAX_SETUP_BYTES = 1_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        # Fixtures send what they do not set as null.
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value is not None}


class UserCommand(_Strict):
    """`up` makes a user whose name is a valid key; `password` adds a key; `down` deactivates."""

    command: Literal["up", "password", "down", "logout", "login"]
    username: str = Field(min_length=1, max_length=128)
    password: str | None = None
    admin: bool = False
    service: Literal["team", "organization"] | None = None


class OrganizationMember(_Strict):
    username: str
    role: Literal["admin", "member", "viewer"] = "member"
    seat: Literal["full", "viewer", "none"] | None = None


class CustomRole(_Strict):
    name: str = Field(min_length=1, max_length=64)
    inherits: Literal["admin", "member", "view-only"]


class OrganizationData(_Strict):
    members: list[OrganizationMember] = []
    roles: list[CustomRole] = []


class OrganizationCommand(_Strict):
    """`remove_members` leaves people guests of registries; who does `leave` loses these and the teams too."""

    command: Literal["up", "add_members", "remove_members", "leave", "custom_roles", "down"]
    org_name: str = Field(alias="orgName", min_length=1, max_length=128)
    username: str | None = None
    entity_name: str | None = Field(alias="entityName", default=None)
    advanced_search: bool | None = Field(alias="advancedSearch", default=None)
    fixture_data: OrganizationData = Field(alias="fixtureData", default_factory=OrganizationData)


class _Named(BaseModel):
    name: str = Field(min_length=1, max_length=128)


class TeamMember(_Strict):
    username: str
    role: str = Field(default="member", min_length=1, max_length=64)
    pending: bool = False


class TeamData(_Strict):
    plan_name: str | None = Field(alias="planName", default=None)
    team: _Named | None = None
    organization: _Named | None = None
    members: list[TeamMember] = []
    registry_admins: list[str] = Field(alias="registryAdmins", default_factory=list)
    protected_aliases: list[str] = Field(alias="protectedAliases", default_factory=list)
    new_name: str | None = Field(alias="newName", default=None)


class TeamCommand(_Strict):
    """`up` makes a team whose admin is `username`; the others change the team named in fixtureData."""

    command: Literal["up", "add_members", "remove_members", "registry_admins", "protect", "rename", "down"]
    username: str | None = None
    fixture_data: TeamData = Field(alias="fixtureData")


class ProjectMember(_Strict):
    username: str
    role: Literal["admin", "member", "viewer", "restricted_viewer"] = "member"


class ProjectCommand(_Strict):
    """Settings of a project or registry; a member's role stands before the one in the team."""

    command: Literal["set"]
    entity_name: str = Field(alias="entityName")
    project_name: str = Field(alias="projectName")
    access: Literal["PRIVATE", "RESTRICTED", "USER_READ", "USER_WRITE"] | None = None
    read_only: bool | None = Field(alias="readOnly", default=None)
    members: list[ProjectMember] = []
    protected_aliases: list[str] = Field(alias="protectedAliases", default_factory=list)


def _user(state: State, wanted: UserCommand) -> dict[str, Any]:
    db = state.db
    if wanted.command == "up":
        user = people.ensure_user(
            db,
            wanted.username,
            admin=wanted.admin,
            service=wanted.service is not None,
            organization_wide=wanted.service == "organization",
        )
        if wanted.password:
            people.add_key(db, user.id, wanted.password)
    elif wanted.command == "password":
        if not wanted.password:
            raise InvalidError("the command password needs a password")
        people.add_key(db, people.require_user(db, wanted.username).id, wanted.password)
    elif wanted.command == "down":
        user_there = people.user(db, wanted.username)
        if user_there is not None:
            people.remove_user(db, user_there)
    return {"username": wanted.username}


def _organization(state: State, wanted: OrganizationCommand) -> dict[str, Any]:
    db = state.db
    if wanted.command == "down":
        found = people.organization(db, wanted.org_name)
        if found is not None:
            db.execute("DELETE FROM organization_members WHERE organization_id = ?", found.id)
        return {"name": wanted.org_name}
    if wanted.command == "up":
        found = _ensure_organization(state, wanted.org_name, wanted.entity_name)
        if wanted.username:
            user = people.ensure_user(db, wanted.username)
            people.set_organization_role(db, found.id, user.id, "admin")
    found = people.require_organization(db, wanted.org_name)
    for member in wanted.fixture_data.members:
        user = people.require_user(db, member.username)
        if wanted.command == "remove_members":
            sql = "DELETE FROM organization_members WHERE organization_id = ? AND user_id = ?"
            db.execute(sql, found.id, user.id)
        elif wanted.command == "leave":
            people.leave_organization(db, found.id, user.id)
        else:
            people.set_organization_role(db, found.id, user.id, member.role, member.seat)
    for role in wanted.fixture_data.roles:
        people.set_custom_role(db, found.id, role.name, role.inherits)
    if wanted.advanced_search is not None:
        sql = "UPDATE organizations SET advanced_search = ? WHERE id = ?"
        db.execute(sql, int(wanted.advanced_search), found.id)
    entity = db.value("SELECT name FROM entities WHERE id = ?", found.entity_id)
    return {"name": found.name, "entityName": entity}


def _ensure_organization(state: State, name: str, entity_name: str | None = None) -> Organization:
    """The organization, made with its core registries if it is not there."""
    found = people.ensure_organization(state.db, name, entity_name)
    if state.switches.core_registries:
        projects.ensure_core_registries(state.db, found.entity_id)
    return found


def _team(state: State, wanted: TeamCommand) -> dict[str, Any]:
    data = wanted.fixture_data
    if data.team is None:
        raise InvalidError("fixtureData.team.name is needed")
    team = (
        _team_up(state, wanted) if wanted.command == "up" else people.require_team(state.db, data.team.name)
    )
    _change_team(state, wanted, team)
    return {"name": data.new_name or team.name}


def _team_up(state: State, wanted: TeamCommand) -> Entity:
    db, data = state.db, wanted.fixture_data
    if data.organization is None or data.team is None:
        raise InvalidError("fixtureData.organization.name is needed")
    is_new = people.organization(db, data.organization.name) is None
    organization = _ensure_organization(state, data.organization.name)
    team = people.ensure_team(db, data.team.name, organization.id)
    if wanted.username:
        user = people.ensure_user(db, wanted.username)
        people.set_team_role(db, team.id, user.id, "admin")
        people.join_organization(db, organization.id, user.id, "admin" if is_new else "member")
    return team


def _change_team(state: State, wanted: TeamCommand, team: Entity) -> None:
    db, data = state.db, wanted.fixture_data
    for member in data.members:
        user = people.require_user(db, member.username)
        if wanted.command == "remove_members":
            db.execute("DELETE FROM team_members WHERE entity_id = ? AND user_id = ?", team.id, user.id)
            continue
        people.set_team_role(db, team.id, user.id, member.role, pending=member.pending)
        if team.organization_id is not None and not member.pending:
            people.join_organization(db, team.organization_id, user.id, "member")
    for username in data.registry_admins:
        user = people.require_user(db, username)
        db.execute("INSERT OR IGNORE INTO workflows_admins VALUES (?, ?)", team.id, user.id)
    for alias in data.protected_aliases:
        links.check_alias(alias)
        db.execute("INSERT OR IGNORE INTO protected_aliases VALUES (?, ?)", team.id, alias)
    if wanted.command == "rename" and data.new_name:
        db.execute("UPDATE entities SET name = ? WHERE id = ?", data.new_name, team.id)
    if wanted.command == "down":
        db.execute("DELETE FROM team_members WHERE entity_id = ?", team.id)


def _project(state: State, wanted: ProjectCommand) -> dict[str, Any]:
    entity = people.entity(state.db, wanted.entity_name)
    found = None if entity is None else projects.project(state.db, entity.id, wanted.project_name)
    if found is None:
        raise NotFoundError(f"project {wanted.project_name!r} not found in {wanted.entity_name!r}")
    if wanted.access is not None:
        state.db.execute("UPDATE projects SET access = ? WHERE id = ?", wanted.access, found.id)
    if wanted.read_only is not None:
        state.db.execute("UPDATE projects SET read_only = ? WHERE id = ?", int(wanted.read_only), found.id)
    for member in wanted.members:
        user = people.require_user(state.db, member.username)
        sql = "INSERT OR REPLACE INTO project_members VALUES (?, ?, ?)"
        state.db.execute(sql, found.id, user.id, member.role)
    for alias in wanted.protected_aliases:
        links.check_alias(alias)
        state.db.execute("INSERT OR IGNORE INTO project_protected_aliases VALUES (?, ?)", found.id, alias)
    return {"name": found.name}


_COMMANDS: dict[str, tuple[type[_Strict], Callable[[State, Any], dict[str, Any]]]] = {
    "user": (UserCommand, _user),
    "organization": (OrganizationCommand, _organization),
    "team": (TeamCommand, _team),
    "project": (ProjectCommand, _project),
}


async def setup(request: Request) -> Response:
    """Do one set-up command, whole or not at all."""
    state = state_of(request)
    try:
        subject = request.path_params["subject"]
        if subject not in _COMMANDS:
            raise NotFoundError(f"there is no set-up call for {subject!r}")
        model, act = _COMMANDS[subject]
        wanted = model.model_validate_json(await request.body())
        with state.db.transaction():
            answer = act(state, wanted)
        return JSONResponse({"success": True, **answer})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        refused = refusal(InvalidError(f"{where}: {first['msg']}"))
    except ApiError as error:
        refused = refusal(error)
    return JSONResponse(refused.body, refused.status)
