"""Inventories and stack files made by hand, for tests of the matrix."""

from __future__ import annotations

from typing import Any

from wandb_registry.state.inventory import (
    Inventory,
    LegacyCollection,
    LegacyTeam,
    OrganizationRecord,
    Person,
)
from wandb_registry.state.models import CollectionState, MembersState, RegistryState, StackState
from wandb_registry.state.people import AcceptedDifference, AccessRecord, Difference, OrganizationPerson
from wandb_registry.state.roles import Role

DIGEST = "sha256:" + "0" * 64


def person(username: str, role: str = "member", **fields: Any) -> Person:
    """Somebody in a team."""
    return Person(username=username, id=f"id-{username}", team_role=role, **fields)


def team(name: str, *people: Person, models: tuple[str, ...] = ("churn",), **fields: Any) -> LegacyTeam:
    """A team whose models go into `<team>-models`."""
    registry = fields.pop("registry", f"{name}-models")
    collections = tuple(LegacyCollection(name=one, type="model", target=(registry, one)) for one in models)
    fields.setdefault("visibility", "team")
    return LegacyTeam(team=name, digest=DIGEST, people=people, collections=collections, **fields)


def inventory(*teams: LegacyTeam, **access: Any) -> Inventory:
    """An inventory with everything told but what `access` says otherwise."""
    more = {key: access.pop(key) for key in ("baseline", "boundaries") if key in access}
    record = OrganizationRecord(id="o1", name="Acme Inc", entity="acme")
    told = AccessRecord(source="graphql", **access)
    return Inventory(server="http://localhost:1", organization=record, legacy=teams, access=told, **more)


def registry(
    users: dict[str, Role] | None = None,
    teams: dict[str, Role] | None = None,
    models: tuple[str, ...] = ("churn",),
    **fields: Any,
) -> RegistryState:
    """A restricted registry with these members."""
    return RegistryState(
        visibility=fields.pop("visibility", "restricted"),
        artifact_types=("model",),
        members=MembersState(users=users or {}, teams=teams or {}),
        collections={one: CollectionState(type="model") for one in models},
        **fields,
    )


def stack(*overrides: Any, **registries: RegistryState) -> StackState:
    """A stack file; underscores in names stand for dashes."""
    named = {name.replace("_", "-"): state for name, state in registries.items()}
    return StackState(version=1, organization="acme", registries=named, overrides=overrides)


def accepted(difference: Difference, subject: str = "") -> AcceptedDifference:
    """An acceptance."""
    return AcceptedDifference(difference=difference, subject=subject, reason="so decided")


def admin(username: str) -> OrganizationPerson:
    """An organization admin."""
    return OrganizationPerson(username=username, id=f"id-{username}", role="admin")
