"""SCIM, read only: people, teams and custom roles of an organization, for the keys of its admins.

W&B's documentation shows the shapes, capital letters in `emails` and `members` included. Service accounts
are not listed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError, PermissionDeniedError
from wandb_sandbox.http.endpoint import endpoint
from wandb_sandbox.http.state import state_of
from wandb_sandbox.store import directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from wandb_sandbox.errors import ApiError
    from wandb_sandbox.http.state import State
    from wandb_sandbox.store.directory import Person, Team

_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:"
_MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
_MOST = 9999
_FILTER = re.compile(r'^\s*([A-Za-z.]+)\s+eq\s+"([^"]*)"\s*$', re.IGNORECASE)


def refused(error: ApiError) -> dict[str, Any]:
    """A refusal in the shape of SCIM."""
    return {"schemas": [f"{_MESSAGES}Error"], "status": str(error.status), "detail": error.message}


def _organization(state: State, request: Request) -> int:
    """The organization whose admin the key is of; PermissionDeniedError for everybody else's key."""
    if not state.switches.scim:
        raise NotFoundError("this server has no SCIM")
    user = state.user(request)
    found = state.db.value(
        "SELECT organization_id FROM organization_members WHERE user_id = ? AND role = 'admin' "
        "ORDER BY organization_id LIMIT 1",
        user.id,
    )
    if found is None:
        raise PermissionDeniedError("permission denied: SCIM needs the key of an organization admin")
    return int(found)


def _meta(kind: str, ident: str, created: str) -> dict[str, str]:
    return {
        "resourceType": kind,
        "created": created,
        "lastModified": created,
        "location": f"{kind}s/{ident}",
    }


def _user(person: Person) -> dict[str, Any]:
    user = person.user
    ident = ids.encode("User", user.id)
    return {
        "schemas": [f"{_SCHEMA}User"],
        "id": ident,
        "userName": user.username,
        "displayName": user.name,
        "active": user.deleted_at is None,
        "emails": {"Value": user.email, "Display": "", "Type": "", "Primary": True},
        "organizationRole": person.role,
        "modelsSeat": person.seat,
        "teamRoles": [{"teamName": team, "roleName": role} for team, role in person.teams],
        "groups": [{"value": team} for team, _ in person.teams],
        "meta": _meta("User", ident, user.created_at),
    }


def _group(team: Team) -> dict[str, Any]:
    ident = ids.encode("Entity", team.entity.id)
    members = [
        {"Value": ids.encode("User", user.id), "Ref": "", "Type": "", "Display": user.username}
        for user in team.members
    ]
    return {
        "schemas": [f"{_SCHEMA}Group"],
        "id": ident,
        "displayName": team.entity.name,
        "members": members,
        "meta": _meta("Group", ident, team.entity.created_at),
    }


def _role(found: tuple[str, str], organization: int) -> dict[str, Any]:
    name, inherits = found
    return {
        "schemas": [f"{_SCHEMA}Role"],
        "id": ids.encode("Role", organization) + name,
        "name": name,
        "inheritedFrom": inherits,
        "organizationID": ids.encode("Organization", organization),
        "permissions": [],
    }


def _filtered(
    resources: list[dict[str, Any]], text: str | None, known: dict[str, Callable[[dict[str, Any]], str]]
) -> list[dict[str, Any]]:
    if not text:
        return resources
    found = _FILTER.match(text)
    attribute = found[1].lower() if found else ""
    if found is None or attribute not in known:
        raise InvalidError(
            f'the filter {text!r} is not supported: ATTRIBUTE eq "VALUE" of {", ".join(known)}'
        )
    return [one for one in resources if known[attribute](one).lower() == found[2].lower()]


def _position(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not re.match(r"^-?[0-9]{1,9}$", text):
        raise InvalidError(f"{name} must be a number")
    return int(text)


def _page(request: Request, resources: list[dict[str, Any]]) -> Response:
    """A list response: `startIndex` counts from 1, `count` of 0 asks for the total alone."""
    start = max(_position(request, "startIndex", 1), 1)
    count = min(max(_position(request, "count", _MOST), 0), _MOST)
    part = resources[start - 1 : start - 1 + count]
    body = {
        "schemas": [f"{_MESSAGES}ListResponse"],
        "totalResults": len(resources),
        "startIndex": start,
        "itemsPerPage": count,
        "Resources": part,
    }
    return JSONResponse(body, media_type="application/scim+json")


def _one(request: Request, resources: list[dict[str, Any]]) -> Response:
    ident = request.path_params["id"]
    found = next((one for one in resources if one["id"] == ident), None)
    if found is None:
        raise NotFoundError(f"{ident!r} not found")
    return JSONResponse(found, media_type="application/scim+json")


def _people(request: Request) -> list[dict[str, Any]]:
    state = state_of(request)
    return [_user(one) for one in directory.people(state.db, _organization(state, request))]


def _teams(request: Request) -> list[dict[str, Any]]:
    state = state_of(request)
    return [_group(one) for one in directory.teams(state.db, _organization(state, request))]


@endpoint("/scim/Users", refused)
async def users(request: Request) -> Response:
    """GET the people, also deactivated ones; `filter=userName eq "x"`."""
    known: dict[str, Callable[[dict[str, Any]], str]] = {
        "username": lambda one: str(one["userName"]),
        "emails.value": lambda one: str(one["emails"]["Value"]),
    }
    return _page(request, _filtered(_people(request), request.query_params.get("filter"), known))


@endpoint("/scim/Users/{id}", refused)
async def user(request: Request) -> Response:
    """GET one person."""
    return _one(request, _people(request))


@endpoint("/scim/Groups", refused)
async def groups(request: Request) -> Response:
    """GET the teams with their people; `filter=displayName eq "x"`."""
    known: dict[str, Callable[[dict[str, Any]], str]] = {"displayname": lambda one: str(one["displayName"])}
    return _page(request, _filtered(_teams(request), request.query_params.get("filter"), known))


@endpoint("/scim/Groups/{id}", refused)
async def group(request: Request) -> Response:
    """GET one team."""
    return _one(request, _teams(request))


@endpoint("/scim/Roles", refused)
async def roles(request: Request) -> Response:
    """GET the organization's own roles."""
    state = state_of(request)
    organization = _organization(state, request)
    return _page(request, [_role(one, organization) for one in directory.roles(state.db, organization)])
