"""What the program declares for a stack file, and what `check` says of it: no engine and no server."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from policies.registry_policies import PROVIDERS
from providers import declare_stack, declared
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState

_PREFIX = "pulumi-python:dynamic/"

Inputs = dict[str, Any]


class _Recorder(Mocks):
    """Stands for the engine: it notes what is declared."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, Inputs]] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, Inputs]:
        if args.typ.startswith(_PREFIX):
            inputs = {key: value for key, value in args.inputs.items() if key != "__provider"}
            self.found[args.name] = (args.typ.removeprefix(_PREFIX), inputs)
        return args.name, dict(args.inputs)

    def call(self, args: MockCallArgs) -> Inputs:
        raise AssertionError(f"the program calls {args.token}")


def declare(stack: StackState, inventory: Inventory | None) -> dict[str, tuple[str, Inputs]]:
    """Name -> type and inputs of each resource."""
    recorder = _Recorder()
    declared._sets.clear()
    declared._items.clear()
    pulumi.runtime.set_mocks(recorder)
    pulumi.runtime.test(lambda: declare_stack(stack, inventory))()
    return recorder.found


def refusals(stack: StackState, inventory: Inventory | None) -> list[str]:
    """What `check` says at the first `up` of a stack file, of all its resources."""
    found = []
    for kind, inputs in declare(stack, inventory).values():
        provider = PROVIDERS.get(kind)
        found += [failure.reason for failure in provider.check({}, inputs).failures] if provider else []
    return found
