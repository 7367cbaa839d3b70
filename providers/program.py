"""The program: from a stack file with its inventory to the resources that it declares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pulumi

from providers.shown_errors import describe
from providers.stack_guard import StackGuard, StackGuardArgs
from providers.tree import RegistryTree
from wandb_registry.guards.stack import fingerprint, join
from wandb_registry.state.doctor_report import DoctorReport, load_doctor
from wandb_registry.state.inventory import Inventory, require_inventory
from wandb_registry.state.load import check_folder, load_stack
from wandb_registry.state.models import CollectionState, RegistryState, StackState
from wandb_registry.state.origins import Origins

# The exit code by which a program tells its language host that the user has seen the error.
_ALREADY_SHOWN = 32


def declare_stack_file(path: Path) -> None:
    """Declare everything in one stack file; where that is not possible, end with one line a problem."""
    try:
        state = load_stack(path)
        check_folder(path.parent)
        declare_stack(state, require_inventory(path, state), load_doctor(path.parent))
    except pulumi.RunError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, its user gets one line and no frames
        for line in describe(error).splitlines():
            pulumi.log.error(line)
        sys.exit(_ALREADY_SHOWN)  # a RunError would add a line of the SDK's own


def declare_stack(state: StackState, inventory: Inventory | None, doctor: DoctorReport | None = None) -> None:
    """Declare the stack's guard, and after it each registry with everything in it.

    What `doctor` found counts where it is about the server that the inventory is about.
    """
    guard = StackGuard(
        "guard",
        StackGuardArgs(
            organization=state.organization,
            registries={name: _summary(registry) for name, registry in state.registries.items()},
            overrides=[override.model_dump() for override in state.overrides],
        ),
    )
    origins = Origins(inventory) if inventory else None
    for name, registry in state.registries.items():
        overrides = tuple(o for o in state.overrides if o.subject.split("/")[0] == name)
        RegistryTree(
            name,
            state.organization,
            registry,
            origin=origins.of(name, registry) if origins else None,
            overrides=overrides,
            gaps_refused=_gaps_refused(inventory, doctor),
            guard=guard,
        )


def _gaps_refused(inventory: Inventory | None, doctor: DoctorReport | None) -> bool:
    """Whether doctor found that missing numbers cannot be made on the server that was scanned."""
    if inventory is None or doctor is None:
        return False
    about_us = doctor.is_about(inventory.server, inventory.organization.id)
    return about_us and doctor.may_fill_gaps is False


def _summary(registry: RegistryState) -> dict[str, Any]:
    """What the guard needs of a registry; renames as they stand in the file."""
    users = registry.members.users if registry.members else {}
    teams = registry.members.teams if registry.members else {}
    summary: dict[str, Any] = {
        "visibility": registry.visibility,
        "members": {f"user {n}": str(r) for n, r in users.items()}
        | {f"team {n}": str(r) for n, r in teams.items()},
        "collections": {name: f"{len(c.links)} links" for name, c in registry.collections.items()},
        "sources": {
            name: join(fingerprint(link.id or source) for source, link in collection.links.items())
            for name, collection in registry.collections.items()
        },
    }
    # Kept apart, so that a stack without aliases and tags has none to show.
    marks = {name: digest for name, c in registry.collections.items() if (digest := _marks(c))}
    if marks:
        summary["marks"] = marks
    renamed = {n: c.renamed_from for n, c in registry.collections.items() if c.renamed_from}
    if registry.renamed_from:
        summary["renamed_from"] = registry.renamed_from
    if renamed:
        summary["renamed_collections"] = renamed
    return summary


def _marks(collection: CollectionState) -> str:
    """A digest of a collection's tags and of its links' aliases; "" where there are none."""
    aliases = sorted(
        f"{alias} {link.id or source}"
        for source, link in collection.links.items()
        for alias in link.aliases or ()
    )
    marks = [*(f"tag {tag}" for tag in sorted(collection.tags or ())), *aliases]
    return fingerprint("\n".join(marks)) if marks else ""
