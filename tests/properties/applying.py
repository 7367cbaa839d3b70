"""A stack file applied in process, by the reconcilers and in the order of the program."""

from __future__ import annotations

from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.reconcile.links import LinksGoal, apply_links
from wandb_registry.reconcile.membership_goal import MembershipsGoal
from wandb_registry.reconcile.memberships import apply_memberships
from wandb_registry.reconcile.registry import RegistryGoal, ensure_registry
from wandb_registry.server.collections import Home
from wandb_registry.server.members import Principal
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import CollectionState, RegistryState, StackState


def apply_stack(port: Port, stack: StackState, inventory: Inventory) -> None:
    """Registries, then members, then collections with their links."""
    record = inventory.organization
    organization = Organization(record.id, record.name, record.entity)
    for name, state in stack.registries.items():
        registry = _registry(port, organization, name, state, inventory)
        _members(port, organization, registry, state, inventory)
        for key, collection in state.collections.items():
            _collection(port, Home.of(organization, registry.project), key, collection)


def _registry(
    port: Port, organization: Organization, name: str, state: RegistryState, inventory: Inventory
) -> Registry:
    types = None if isinstance(state.artifact_types, str) else state.artifact_types
    baseline = inventory.baseline.get(name)
    goal = RegistryGoal(name, state.visibility, state.description, types)
    return ensure_registry(port, organization, goal, baseline.id if baseline else None)


def _members(
    port: Port, organization: Organization, registry: Registry, state: RegistryState, inventory: Inventory
) -> None:
    assert state.members is not None
    users = {Principal("user", name): role for name, role in state.members.users.items()}
    teams = {Principal("team", name): role for name, role in state.members.teams.items()}
    before = inventory.baseline.get(registry.name)
    baseline = {Principal("user", n) for n in before.users} if before else set()
    baseline |= {Principal("team", n) for n in before.teams} if before else set()
    goal = MembershipsGoal(
        users | teams,
        exclusive=state.exclusive,
        keep_creator=state.members.keep_creator,
        baseline=frozenset(baseline),
    )
    apply_memberships(port, organization, registry, goal, first=True)


def _collection(port: Port, home: Home, name: str, state: CollectionState) -> None:
    tags = None if state.tags is None else state.tags
    ensure_collection(port, home, CollectionGoal(name, state.type, state.description, tags), None)
    entries = {
        link.id or "": LinkEntry(n, source, link.version, link.aliases)
        for n, (source, link) in enumerate(state.links.items())
    }
    apply_links(port, LinksGoal(home, name, entries, fill_gaps=True))
