"""Teams made and filled through the API: teams, invitations, service accounts, users."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError, PermissionDeniedError
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.shapes import global_id
from wandb_sandbox.store import invites, people, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.invites import Invite
    from wandb_sandbox.store.rows import Entity, User

table.attributes("Invite", invites.Invite)
global_id("Invite")
_NOT_A_NAME = re.compile(r"[^0-9a-zA-Z_-]+")


@table.field("Invite", "name")
def invite_name(found: Invite, _args: Mapping[str, Any], context: Context) -> str:
    user = to_user(found, {}, context)
    return user.name if user is not None else found.email


@table.field("Invite", "toUser")
def to_user(found: Invite, _args: Mapping[str, Any], context: Context) -> User | None:
    return None if found.user_id is None else context.load.users.get(found.user_id)


def _managed(context: Context, name: str | None) -> Entity:
    """The team of that name, if the key may manage it; NotFoundError or PermissionDeniedError."""
    found = context.visible_entity(people.entity(context.db, name)) if name else None
    if found is None or found.kind != "team":
        raise NotFoundError(f"team {name!r} not found")
    if not context.access.manages_team(found):
        raise PermissionDeniedError(f"permission denied: you may not manage the team {found.name!r}")
    return found


def _known(context: Context, username: str | None, email: str | None) -> User | None:
    if username:
        return people.require_user(context.db, username)
    if not email:
        raise InvalidError("an invitation needs username or email")
    return context.db.one(rows.User, "WHERE email = ? AND deleted_at IS NULL", email)


@table.mutation("createTeam")
def create_team(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A team of the organization that the key administrates; its admin is the key's user unless named."""
    wanted = args["input"]
    mine = [one for one, role in context.access.organization_roles.items() if role == "admin"]
    if not mine:
        raise PermissionDeniedError("permission denied: only organization admins may create teams")
    if people.entity(context.db, wanted["teamName"]) is not None:
        raise ConflictError(f"the entity name {wanted['teamName']!r} is taken")
    named = wanted.get("teamAdminUserName")
    admin = people.require_user(context.db, named) if named else context.user
    team = people.ensure_team(context.db, wanted["teamName"], mine[0])
    people.set_team_role(context.db, team.id, admin.id, "admin")
    context.refresh()
    return {"entity": team}


@table.mutation("createInvite")
def create_invite(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Who has an account is at once a pending member, who gets no right before joining."""
    wanted = args["input"]
    team = _managed(context, wanted["entityName"])
    user = _known(context, wanted.get("username"), wanted.get("email"))
    email = user.email if user else str(wanted["email"])
    role = "admin" if wanted.get("admin") else "member"
    made = invites.add(context.db, team.id, email, None if user is None else user.id, role)
    context.refresh()
    return {"invite": made}


@table.mutation("deleteInvite")
def delete_invite(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Also how the client removes a member: with the member's id in place of an invitation's."""
    wanted = args["input"]
    team = _managed(context, wanted.get("entityName"))
    ident = ids.decode(wanted.get("id") or "", "Invite", "User")
    if wanted["id"] == ids.encode("User", ident):
        gone = invites.remove_member(context.db, team.id, ident)
    else:
        gone = invites.remove(context.db, team.id, ident)
    if not gone:
        raise NotFoundError(f"neither an invitation nor a member of {team.name!r}")
    context.refresh()
    return {"success": True}


@table.mutation("createServiceAccount")
def create_service_account(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A service account of the team, described by its display name."""
    wanted = args["input"]
    team = _managed(context, wanted["entityName"])
    made = people.ensure_user(context.db, f"service-{secrets.token_hex(6)}", service=True)
    context.db.execute("UPDATE users SET name = ? WHERE id = ?", wanted["description"], made.id)
    people.set_team_role(context.db, team.id, made.id, "member")
    if team.organization_id is not None:
        people.set_organization_role(context.db, team.organization_id, made.id, "member")
    context.refresh()
    return {"user": people.require_user(context.db, made.username)}


@table.mutation("createUser")
def create_user(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """By an instance admin only; the name is made from the email."""
    email = args["input"]["email"]
    if not context.user.is_admin:
        raise PermissionDeniedError("permission denied: only instance admins may create users")
    if "@" not in email:
        raise InvalidError(f"{email!r} is not an email address")
    if context.db.value("SELECT 1 FROM users WHERE email = ? AND deleted_at IS NULL", email):
        raise ConflictError(f"a user with the email {email!r} already exists")
    name = _NOT_A_NAME.sub("-", email.partition("@")[0]).strip("-") or "user"
    if people.entity(context.db, name) is not None:
        name = f"{name}-{secrets.token_hex(3)}"
    made = people.ensure_user(context.db, name, admin=bool(args["input"].get("admin")))
    context.db.execute("UPDATE users SET email = ? WHERE id = ?", email, made.id)
    return {"user": people.require_user(context.db, name)}
