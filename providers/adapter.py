"""What all dynamic providers of ours share: inputs as models, the connection, the server pin.

`check` and `diff` call no API. The pickled provider holds nothing (instances have no attributes), so
every process resolves keys and address from its own environment.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pulumi.dynamic import CheckFailure, CheckResult, DiffResult, ResourceProvider
from pulumi.runtime.rpc import UNKNOWN
from pydantic import BaseModel, ConfigDict, ValidationError

from providers.engine_link import require_engine, watch_engine
from providers.evidence import audited
from providers.shown_errors import show_errors_as_lines
from wandb_registry.errors import UserError
from wandb_registry.guards.failures import Refusal, not_lifted
from wandb_registry.reconcile.registry import locate_registry
from wandb_registry.server.batches import BATCH
from wandb_registry.server.collections import Home, get_collection
from wandb_registry.server.credentials import resolve_connection
from wandb_registry.server.errors import NotVisible, OtherServer, ServerError
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import Port, shared_port
from wandb_registry.server.registries import Registry, get_registry
from wandb_registry.state.doctor_report import DoctorReport, load_doctor
from wandb_registry.state.models import Override
from wandb_registry.state.roles import Role

Props = dict[str, Any]

_STACKS = "stacks"
_PROVIDER_KEY = "__provider"

_once = threading.Lock()
# What this process, which lives for one command, has seen: each resource in a registry asks for it.
_registries: dict[tuple[str, str, str, str], Registry] = {}
_organizations: dict[tuple[str, str], Organization | ServerError] = {}


class AnotherRegistry(UserError):
    """A resource would be taken from one registry to another."""


class AnotherCollection(UserError):
    """Links would be taken from one collection to another."""


class Inputs(BaseModel):
    """The inputs of a resource as its provider reads them; outs carry more keys, which are passed by."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    organization: str
    overrides: tuple[Override, ...] = ()

    @classmethod
    def among(cls, props: Mapping[str, Any]) -> Props:
        """The inputs among the properties of a resource."""
        return {key: value for key, value in props.items() if key in cls.model_fields}


AnyInputs = TypeVar("AnyInputs", bound=Inputs)


@dataclass(frozen=True)
class Session:
    """A port and the organization on it."""

    port: Port
    organization: Organization

    @property
    def pin(self) -> dict[str, str]:
        """What a state remembers, so that it is never used against another server."""
        return {"server": self.port.base_url, "organization_id": self.organization.id}

    def url(self, registry: Registry, collection: str = "") -> str:
        """The address of a registry or collection in the W&B app."""
        base = self.port.base_url.replace("://api.", "://", 1)
        path = f"{base}/orgs/{self.organization.name}/registry/{registry.name}"
        return (
            f"{path}?selectionPath={self.organization.entity}/{registry.project}/{collection}"
            if collection
            else path
        )


class Adapter(ResourceProvider, Generic[AnyInputs]):
    """A dynamic provider over the domain; subclasses name their model and the keys that a diff passes by."""

    serialize_as_secret_always = False
    model: ClassVar[type[Inputs]]
    not_compared: ClassVar[frozenset[str]] = frozenset({"overrides"})

    def configure(self, _req: Any) -> None:
        """Called once a process, before anything else."""
        show_errors_as_lines()
        watch_engine()

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Validate inputs and run the guards, without any request."""
        inputs = {key: value for key, value in without_provider(news).items() if value is not None}
        if has_unknown(inputs):
            return CheckResult(inputs, [])
        try:
            new = self.inputs(inputs)
            old = self.inputs(olds) if olds and not has_unknown(olds) else None
        except ValidationError as error:
            return CheckResult(inputs, [_failure(details) for details in error.errors(include_url=False)])
        refusals = not_lifted(self.guards(old, new), new.overrides)
        return CheckResult(inputs, [CheckFailure("", str(refusal)) for refusal in refusals])

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Whether there is something to do; never a replacement."""
        if has_unknown(news):
            return DiffResult(changes=True)
        return DiffResult(changes=self.differs(self.inputs(olds), self.inputs(news)))

    def inputs(self, props: Mapping[str, Any]) -> AnyInputs:
        """The inputs in a property bag."""
        return self.model.model_validate(dict(props))  # type: ignore[return-value]  # each subclass names its own model

    def guards(self, _old: AnyInputs | None, _new: AnyInputs, /) -> Iterable[Refusal]:
        """The guards over this resource; the old inputs are None before the first `up`."""
        return ()

    def differs(self, old: AnyInputs, new: AnyInputs) -> bool:
        """Whether old and new inputs ask for different things."""
        skipped = set(self.not_compared)
        return old.model_dump(exclude=skipped) != new.model_dump(exclude=skipped)


def without_provider(props: Mapping[str, Any]) -> Props:
    """The properties of a resource without the pickled provider, which the engine keeps by itself."""
    return {key: value for key, value in props.items() if key != _PROVIDER_KEY}


def session(props: Mapping[str, Any]) -> Session:
    """The session for a property bag; OtherServer where its state belongs elsewhere."""
    port = _port()
    organization = _organization(port, str(props["organization"]))
    for key, ours, what in (
        ("server", port.base_url, "server"),
        ("organization_id", organization.id, "organization with id"),
    ):
        pinned = props.get(key)
        if pinned and pinned != ours:
            raise OtherServer(
                f"this state belongs to {what} {pinned}, and WANDB_BASE_URL and the key lead to {ours}",
                advice="Select the right stack, or the right address and key",
            )
    return Session(port, organization)


def find_registry(current: Session, name: str, registry_id: str = "") -> Registry:
    """The registry of that name, which must be the one of that id where one is known."""
    key = (current.port.base_url, current.organization.id, name, registry_id)
    seen = _registries.get(key)
    if seen is not None and seen.name == name:
        return seen
    found = get_registry(current.port, current.organization, name)
    if found is None:
        raise NotVisible(
            f"registry {name} of {current.organization} is not there, or this key may not see it"
        )
    if registry_id not in ("", found.id):
        raise AnotherRegistry(
            f"{name} is another registry than the one that this resource belongs to",
            advice="Declare a resource of another name for another registry; after a rename, run "
            "`pulumi refresh`",
        )
    _registries[key] = found
    return found


def registry_of(current: Session, props: Mapping[str, Any], registry_id: str = "") -> Registry | None:
    """The registry that a resource in the state belongs to, also where it was renamed; None where gone.

    Gone is only what `locate_registry` proves; a null alone raises NotVisible.
    """
    name, known = str(props["registry"]), registry_id or str(props.get("registry_id", ""))
    key = (current.port.base_url, current.organization.id, name, known)
    if key in _registries:
        return _registries[key]
    if not known:
        return find_registry(current, name)
    found = locate_registry(current.port, current.organization, name, known)
    if found is not None:
        _registries[key] = found
    return found


def require_same_collection(current: Session, registry: Registry, name: str, collection_id: str) -> None:
    """Raise AnotherCollection where the collection of that name is not the one of that id."""
    found = get_collection(current.port, Home.of(current.organization, registry.project), name)
    if found is None or found.id != collection_id:
        raise AnotherCollection(
            f"{registry.name}/{name} is another collection than the one that this resource belongs to",
            advice="Declare a resource of another name for another collection",
        )


def forget_registries() -> None:
    """Look registries up anew: called by whoever creates, renames or deletes one."""
    _registries.clear()


def batch_size() -> int:
    """How many mutations a request carries: WANDB_REGISTRY_BATCH, else what doctor found, else many."""
    text = os.environ.get("WANDB_REGISTRY_BATCH", "")
    if text.isdigit() and int(text) > 0:
        return int(text)
    report = doctor()
    return (report.batch_size if report else None) or BATCH


@functools.cache
def doctor() -> DoctorReport | None:
    """What doctor found out about this server; the engine runs providers in the project's folder."""
    report = load_doctor(Path(_STACKS))
    return report if report is not None and report.server == _port().base_url else None


def default_role() -> Role | None:
    """What this server gives a new member at first, as doctor found; None where nobody found out."""
    report = doctor()
    return report.default_role if report else None


def has_unknown(value: Any) -> bool:
    """Whether a value holds something that is only known after `up`."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def _port() -> Port:
    with _once:  # four threads at a time, and the client cannot be imported by two of them at once
        return _first_port()


def _organization(port: Port, name: str) -> Organization:
    """Looked up once a process; so is the failure, or each resource would wait for it anew."""
    with _once:
        key = (port.base_url, name)
        if key not in _organizations:
            _organizations[key] = _look_up(port, name)
        found = _organizations[key]
    if isinstance(found, ServerError):
        raise type(found)(found.message, advice=found.advice)
    return found


def _look_up(port: Port, name: str) -> Organization | ServerError:
    try:
        return find_organization(port, name)
    except ServerError as error:
        return error


@functools.cache
def _first_port() -> Port:
    connection = resolve_connection()
    return audited(shared_port(connection, before_request=require_engine), connection.secrets)


def _failure(details: Any) -> CheckFailure:
    place = ".".join(str(step) for step in details["loc"] if step != "[key]")
    error = details.get("ctx", {}).get("error")
    return CheckFailure("", f"{place}: {error or details['msg']}")
