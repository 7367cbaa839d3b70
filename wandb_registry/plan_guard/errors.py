"""Why a plan cannot be guarded."""

from __future__ import annotations

from wandb_registry.errors import UserError


class PreviewRejected(UserError):
    """A preview that failed, is cut short, or is none: what it shows must not be taken for the whole plan."""


class StateRejected(UserError):
    """A state that is none, or of another stack."""
