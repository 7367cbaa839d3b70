"""Writing a scan: stack file and inventory together, never over what people have edited."""

from __future__ import annotations

import os
from pathlib import Path

from wandb_registry.errors import UserError
from wandb_registry.state.document import read_document
from wandb_registry.state.dump import dump_stack, is_unedited
from wandb_registry.state.inventory import Inventory, dump_inventory, inventory_path, load_inventory
from wandb_registry.state.load import load_stack, stack_files
from wandb_registry.state.models import StackState
from wandb_registry.state.problems import InvalidFile, Problem


class EditedFile(UserError):
    """The file at --out is no longer what scan wrote."""


class NotAStackFile(UserError):
    """The path given as --out cannot be a stack file."""


class CannotWrite(UserError):
    """The folder or a file of it cannot be written."""


def check_out(out: Path) -> None:
    """Refuse a path that scan must not write; asked before the first request."""
    if out.suffix != ".yaml" or out.name.startswith("Pulumi."):
        raise NotAStackFile(
            f"{out} cannot be a stack file",
            advice="Give --out stacks/NAME.yaml; Pulumi.*.yaml is Pulumi's own configuration",
        )
    try:
        text = out.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise CannotWrite(f"{out} cannot be read: {error}") from None
    if not is_unedited(text):
        raise EditedFile(
            f"{out} was edited after a scan wrote it, or another hand wrote it",
            advice="Write to another --out and compare the two files",
        )


def earlier_scan(out: Path, server: str, organization_id: str) -> tuple[StackState, Inventory] | None:
    """What an earlier scan of the same organization wrote to the same path, unedited; see `check_out`."""
    if not out.exists():
        return None
    inventory = load_inventory(out)
    if inventory is None or (inventory.server, inventory.organization.id) != (server, organization_id):
        return None
    return load_stack(out), inventory


def check_folder_with(out: Path, stack: StackState) -> None:
    """Each registry belongs to one stack: InvalidFile names the other file, its line and its path."""
    mine = {_identity(stack.organization, name): name for name in stack.registries}
    problems: list[Problem] = []
    for path in stack_files(out.parent):
        if path.resolve() == out.resolve():
            continue
        document = read_document(path)
        data = document.data if isinstance(document.data, dict) else {}
        registries = data.get("registries")
        for name in registries if isinstance(registries, dict) else ():
            if _identity(data.get("organization"), name) in mine:
                message = f"is what {out} would declare too; a registry belongs to one stack"
                problems.append(document.problem(("registries", name), message))
    if problems:
        raise InvalidFile(problems)


def write_scan(out: Path, stack: StackState, inventory: Inventory) -> None:
    """Write both files, each whole or not at all; the same scan writes the same bytes."""
    check_out(out)
    check_folder_with(out, stack)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # The inventory first: a stack file with a legacy origin must never be without one.
        _replace(inventory_path(out), dump_inventory(inventory))
        _replace(out, dump_stack(stack))
    except OSError as error:
        raise CannotWrite(f"{error.filename or out.parent} cannot be written: {error.strerror}") from None


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _identity(organization: object, registry: str) -> tuple[str, str]:
    return str(organization).casefold(), registry.casefold()
