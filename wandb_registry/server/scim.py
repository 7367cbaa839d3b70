"""SCIM: people and teams of an organization, for the key of an organization admin (W&B documentation).

Lists users with their organization role, seat and team roles; service accounts are not among them.
Only read; one page after the other until the total that the server named is reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from wandb_registry.server.credentials import Connection
from wandb_registry.server.errors import IncompleteListing, PermissionDenied, Unavailable
from wandb_registry.server.people import seat_of
from wandb_registry.state.people import Seat

_PAGE = 1000
_MOST_PAGES = 1000
_TIMEOUT_SECONDS = 30.0
# The key is no organization admin's, or this server has no SCIM.
_NOT_FOR_US = (400, 401, 403, 404, 405, 501)


@dataclass(frozen=True, slots=True)
class ScimUser:
    """One user; `team_roles` by the name of the team."""

    username: str
    id: str
    role: str | None
    seat: Seat | None
    team_roles: Mapping[str, str] = field(default_factory=dict)


class Scim:
    """The SCIM endpoints of a server; `username` is whose key it is, as Basic authentication wants it."""

    def __init__(
        self, connection: Connection, username: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = connection.base_url
        auth = httpx.BasicAuth(username, connection.secrets[0]) if connection.secrets else connection.auth
        self._client = httpx.Client(
            base_url=connection.base_url,
            auth=auth,
            verify=connection.verify,
            transport=transport,
            mounts={
                scheme: httpx.HTTPTransport(verify=connection.verify, proxy=proxy)
                for scheme, proxy in connection.proxies.items()
            },
            timeout=_TIMEOUT_SECONDS,
            headers={"Accept": "application/scim+json, application/json"},
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def users(self) -> tuple[ScimUser, ...]:
        """Every active user, by name. PermissionDenied where the key or the server does not allow it."""
        found = [_user(resource) for resource in self._all("Users") if resource.get("active", True)]
        return tuple(sorted(found, key=lambda user: user.username))

    def teams(self) -> dict[str, tuple[str, ...]]:
        """The usernames of each team, by the name of the team. PermissionDenied as for `users`."""
        return {
            str(group["displayName"]): tuple(sorted(_member(one) for one in group.get("members") or ()))
            for group in self._all("Groups")
        }

    def _all(self, what: str) -> Iterator[dict[str, Any]]:
        seen = 0
        for _ in range(_MOST_PAGES):
            page = self._get(what, {"startIndex": seen + 1, "count": _PAGE})
            resources, total = page.get("Resources"), page.get("totalResults")
            if not isinstance(total, int) or not isinstance(resources, list | None):
                raise IncompleteListing(f"the SCIM listing of {what} names no total")
            yield from resources or ()
            seen += len(resources or ())
            if seen >= total:
                return
            if not resources:
                break
        raise IncompleteListing(f"the SCIM listing of {what} was cut short after {seen}", advice="Run again")

    def _get(self, what: str, params: dict[str, int]) -> dict[str, Any]:
        try:
            response = self._client.get(f"/scim/{what}", params=params)
        except httpx.TransportError as error:
            raise Unavailable(
                f"SCIM of {self._url} does not answer: {type(error).__name__}", advice="Run again"
            ) from None
        if response.status_code in _NOT_FOR_US:
            raise PermissionDenied(
                f"{self._url} answers {response.status_code} to SCIM",
                advice="It needs the key of an organization admin",
            )
        try:
            body = response.json()
        except ValueError:
            body = None
        if response.is_error or not isinstance(body, dict):
            raise Unavailable(f"SCIM of {self._url} answers with status {response.status_code}")
        return body


def _user(resource: dict[str, Any]) -> ScimUser:
    roles = resource.get("teamRoles")
    return ScimUser(
        username=str(resource["userName"]),
        id=str(resource.get("id") or ""),
        role=None if resource.get("organizationRole") is None else str(resource["organizationRole"]),
        seat=seat_of(resource.get("modelsSeat")),
        team_roles={str(one["teamName"]): str(one["roleName"]) for one in roles or ()},
    )


def _member(value: dict[str, Any]) -> str:
    # W&B writes these attributes with a capital letter, the standard without.
    keys = {key.casefold(): item for key, item in value.items()}
    return str(keys.get("display") or keys.get("value") or "")
