"""Everything that the endpoints share, and how a request becomes a context."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from graphql import GraphQLSchema, build_schema
from starlette.exceptions import HTTPException

from wandb_sandbox.errors import NotFoundError, UnauthorizedError
from wandb_sandbox.execution.documents import Documents
from wandb_sandbox.faults.faults import Faults
from wandb_sandbox.faults.log import RequestLog
from wandb_sandbox.resolvers.all import table
from wandb_sandbox.resolvers.context import Context
from wandb_sandbox.store import people
from wandb_sandbox.store.database import Database
from wandb_sandbox.store.objects import Objects
from wandb_sandbox.switches import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from wandb_sandbox.store.rows import User


def _optional(switches: Switches) -> dict[str, bool]:
    """SDL files that are there only where a switch is on."""
    return {
        "portfolios.graphql": switches.empty_collection,
        "organization_members.graphql": switches.organization_members,
        "protected_aliases.graphql": switches.protected_aliases,
        "workflows_admins.graphql": switches.workflows_admins,
        "artifact_types.graphql": switches.artifact_type_creation,
        "automations.graphql": switches.automations,
    }


@cache
def load_schema(left_out: frozenset[str] = frozenset()) -> GraphQLSchema:
    """The schema without the SDL files that switches leave out; every field has a resolver."""
    folder = files("wandb_sandbox").joinpath("schema")
    parts = [
        one.read_text("utf-8")
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".graphql") and one.name not in left_out
    ]
    schema = build_schema("\n".join(parts))
    table.finish(schema)
    return schema


class State:
    """The running server's state; used by its one thread only."""

    def __init__(self, folder: Path, switches: Switches) -> None:
        self.db = Database(folder)
        self.objects = Objects(folder / "files")
        self.switches = switches
        self.faults = Faults()
        self.log = RequestLog()
        self._documents: dict[frozenset[str], Documents] = {}
        self.documents  # noqa: B018 (a broken schema must stop the start, not the first request)
        with self.db.transaction():
            self.db.execute("INSERT OR IGNORE INTO meta VALUES ('secret', ?)", secrets.token_hex(32))
        self.signer = Signer(self.db.value("SELECT value FROM meta WHERE key = 'secret'"))

    @property
    def documents(self) -> Documents:
        """The documents of the schema that the switches ask for."""
        left_out = frozenset(name for name, on in _optional(self.switches).items() if not on)
        if left_out not in self._documents:
            self._documents[left_out] = Documents(load_schema(left_out), table)
        return self._documents[left_out]

    def user(self, request: Request) -> User:
        """The user of the request's key; UnauthorizedError without a valid one."""
        key = _key(request.headers.get("authorization", ""))
        found = people.user_of_key(self.db, key) if key else None
        if found is None:
            raise UnauthorizedError("the API key is not valid; user is not logged in")
        return found

    def context(self, request: Request, user: User) -> Context:
        """The context of a request of this user."""
        privileged = bool(user.is_admin) and request.headers.get("use-admin-privileges", "").lower() == "true"
        base_url = f"{request.url.scheme}://{request.url.netloc}"
        return Context(
            self.db,
            self.objects,
            user,
            self.switches,
            lambda verb, path: f"{base_url}{self.signer.sign(verb, path)}",
            privileged=privileged,
        )


class Signer:
    """Signs the addresses of files, which are fetched and uploaded without a key."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def _signature(self, verb: str, path: str) -> str:
        return hmac.new(self._secret, f"{verb} {path}".encode(), hashlib.sha256).hexdigest()[:32]

    def sign(self, verb: str, path: str) -> str:
        """The path, as it stands in the address, with its signature for GET or PUT."""
        return f"{path}?signature={self._signature(verb, path)}"

    def check(self, request: Request) -> None:
        """NotFoundError unless the request's address was signed for its method."""
        path = request.scope["raw_path"].decode("ascii", "replace")
        given = request.query_params.get("signature", "")
        verb = "GET" if request.method == "HEAD" else request.method
        if not hmac.compare_digest(given.encode(), self._signature(verb, path).encode()):
            raise NotFoundError("no such file, or the address was not given out by this server")


def _key(header: str) -> str | None:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def state_of(request: Request) -> State:
    """The state of the server that got this request."""
    found = request.app.state.sandbox
    if not isinstance(found, State):
        raise HTTPException(500, "the server is not ready")
    return found
