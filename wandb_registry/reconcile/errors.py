"""Why a reconciler stopped: each error named after what happened."""

from __future__ import annotations

from typing import Any

from wandb_registry.errors import UserError


class ReconcileError(UserError):
    """A reconciler stopped before or while it wrote; what was done stays done and is found again."""


class AlreadyThere(ReconcileError):
    """Something exists that neither the baseline nor this tool accounts for."""


class RestrictedCreationRefused(ReconcileError):
    """The server does not create a restricted registry; nothing was created instead."""


class VisibilityFixed(ReconcileError):
    """The registry has another visibility than asked for."""


class TypeFixed(ReconcileError):
    """A collection's type cannot change."""


class EmptyCollectionUnsupported(ReconcileError):
    """The server cannot make a collection without a link."""


class SourceRestricted(ReconcileError):
    """A link would show a version of a restricted project to everybody in the registry."""


class NumberTaken(ReconcileError):
    """A link cannot have its number any more."""


class VersionDiffers(ReconcileError):
    """The server gave a link another number than it must have."""


class NotApplied(ReconcileError):
    """Read back, the server does not have what it was told."""


class NotEmpty(ReconcileError):
    """Something holds what is not ours, so it is not deleted."""


class RoleForAMoment(ReconcileError):
    """A new member would have more than it is to get, until its role is set."""


class LockOut(ReconcileError):
    """A change would take the acting key's access, or the last admin."""


class EntriesFailed(ReconcileError):
    """Some entries of a set failed; the others are done. `done` is the outcome so far,
    `failures` a line for each."""

    def __init__(self, what: str, failures: list[str], done: Any) -> None:
        self.failures = failures
        self.done = done
        rest = f" and {len(failures) - 5} more" if len(failures) > 5 else ""
        super().__init__(f"{what}: {'; '.join(failures[:5])}{rest}. The other entries are done; run again")
