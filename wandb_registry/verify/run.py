"""Verify as one call: load, read, ask again for what a listing lacked, compare."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from wandb_registry.state.inventory import require_inventory
from wandb_registry.state.load import load_stack
from wandb_registry.verify.client import ClientErrors, reason
from wandb_registry.verify.compare import Checked, Doubt, checked, compare, doubts
from wandb_registry.verify.live import Progress, Witness
from wandb_registry.verify.observation import Observation, exit_code
from wandb_registry.verify.target import Target, TargetOrganization, TargetRegistry


@dataclass(frozen=True)
class Verification:
    """The outcome for one stack file."""

    stack: str
    server: str
    organization: TargetOrganization
    strict: bool
    checked: Checked
    observations: tuple[Observation, ...]

    @property
    def exit_code(self) -> int:
        """0 nothing differs, 1 something does, 3 something could not be read; 1 wins."""
        return exit_code(self.observations)


def verify_stack(stack_file: Path, *, strict: bool, progress: Progress) -> Verification:
    """Compare a stack file and its inventory with the target.

    Raises InvalidFile for files that cannot be used, before any request, and Unprovable where the
    target as a whole cannot be read.
    """
    stack = load_stack(stack_file)
    inventory = require_inventory(stack_file, stack)
    witness = Witness.summon(stack.organization, inventory.organization if inventory else None)
    target = witness.read(stack.registries, progress)
    target = ask_again(witness, target, doubts(stack, inventory, target))
    return Verification(
        stack=str(stack_file),
        server=target.server,
        organization=target.organization,
        strict=strict,
        checked=checked(stack, inventory, target),
        observations=compare(stack, inventory, target, strict=strict),
    )


def ask_again(witness: Witness, target: Target, doubted: list[Doubt]) -> Target:
    """Ask by name for what a listing lacked: if it answers, the listing was cut short.

    A listing that ends early looks like links that were removed. One request a doubt.
    """
    registries = dict(target.registries)
    for doubt in doubted:
        seen = registries[doubt.registry]
        if isinstance(seen, TargetRegistry) and not seen.incomplete:
            registries[doubt.registry] = replace(seen, incomplete=_still_there(witness, doubt))
    return replace(target, registries=registries)


def _still_there(witness: Witness, doubt: Doubt) -> str:
    number = "" if doubt.version is None else f":v{doubt.version}"
    what = f"{doubt.registry}/{doubt.collection}{number}"
    try:
        if doubt.version is None:
            there = witness.has_collection(doubt.registry, doubt.collection, doubt.type)
        else:
            there = witness.has_link(doubt.registry, doubt.collection, doubt.version)
    except ClientErrors as error:
        return f"{what} was not listed, and asking for it failed: {reason(error)}"
    return f"the listing ended early: it lacked {what}, which answers to its name" if there else ""
