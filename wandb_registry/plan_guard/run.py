"""The whole guard: from a preview, a state and a server to a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wandb_registry.guards.failures import Refusal, not_lifted
from wandb_registry.plan_guard.gaining import with_people
from wandb_registry.plan_guard.live import Live, LiveRegistry, check_live, read_registry, writes_of_plan
from wandb_registry.plan_guard.plan import Plan
from wandb_registry.plan_guard.rules import check_plan
from wandb_registry.reconcile.automations import Automations
from wandb_registry.server.errors import OtherServer, ServerError
from wandb_registry.server.organizations import Organization, find_organization
from wandb_registry.server.port import Port
from wandb_registry.server.viewer import get_viewer
from wandb_registry.state.inventory import Inventory, require_inventory
from wandb_registry.state.load import load_stack
from wandb_registry.state.models import Override, StackState


@dataclass(frozen=True)
class Verdict:
    """What stands against a plan; `unproven`: what could not be read; `lifted`: overrides that were used."""

    stack: str
    counts: dict[str, int]
    refusals: tuple[Refusal, ...] = ()
    lifted: tuple[Override, ...] = ()
    unproven: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: nothing stands against it. 1: refused. 3: something could not be read; 1 wins."""
        return 1 if self.refusals else 3 if self.unproven else 0


def load_desired(folder: Path, stack: str) -> tuple[StackState | None, Inventory | None]:
    """The stack file with its inventory; None both for a program without one."""
    path = folder / f"{stack}.yaml"
    if not path.is_file():
        return None, None
    desired = load_stack(path)
    return desired, require_inventory(path, desired)


def guard_plan(
    plan: Plan,
    desired: StackState | None,
    inventory: Inventory | None,
    connect: Callable[[], Port],
) -> Verdict:
    """Every rule over the plan; where the server cannot be read, the rest still counts."""
    unproven: list[str] = []
    live = Live("")
    refusals: list[Refusal] = []
    server: tuple[Port, Organization] | None = None
    if plan.changes:
        try:
            port = connect()
            server = port, _organization(port, plan, desired)
            live = _read(*server, plan, unproven)
            refusals += _automations(*server, plan)
        except OtherServer:
            raise
        except ServerError as error:
            unproven.append(str(error))
    of_inputs = check_plan(plan, desired, inventory, live.members)
    refusals += with_people(*server, of_inputs) if server else of_inputs
    refusals += check_live(plan, live)
    overrides = desired.overrides if desired else ()
    standing = not_lifted(refusals, overrides)
    named = {(refusal.guard, refusal.subject) for refusal in refusals} - {
        (refusal.guard, refusal.subject) for refusal in standing
    }
    return Verdict(
        plan.stack,
        dict(sorted(Counter(change.op for change in plan.changes).items())),
        tuple(standing),
        tuple(override for override in overrides if (override.guard, override.subject) in named),
        tuple(unproven),
    )


def _organization(port: Port, plan: Plan, desired: StackState | None) -> Organization:
    """The organization of the plan, on the server that its state belongs to."""
    items = [change.item for change in plan.changes]
    for item in items:
        server = item.outputs.get("server")
        if server and server != port.base_url:
            raise OtherServer(
                f"this state belongs to server {server}, and WANDB_BASE_URL leads to {port.base_url}",
                advice="Select the right stack, or the right address and key",
            )
    name = desired.organization if desired else str(items[0].inputs.get("organization", ""))
    return find_organization(port, name)


def _read(port: Port, organization: Organization, plan: Plan, unproven: list[str]) -> Live:
    known = {item.registry for item in plan.before.values() if item.registry}
    deleting = {change.item.registry for change in plan.changes if change.deletes}
    registries: dict[str, LiveRegistry] = {}
    for name in plan.registries:
        if name not in known:
            continue  # about to be made, so there is nothing to be read yet
        try:
            registries[name] = read_registry(port, organization, name, contents=name in deleting)
        except ServerError as error:
            unproven.append(str(error))
    return Live(get_viewer(port).username, registries)


def _automations(port: Port, organization: Organization, plan: Plan) -> Iterator[Refusal]:
    automations = Automations(port, organization)
    for writes in writes_of_plan(plan):
        yield from automations.refusals(writes)
