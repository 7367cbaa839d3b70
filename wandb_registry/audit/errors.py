"""Why an audit trail cannot be written or read."""

from __future__ import annotations

from wandb_registry.errors import UserError


class AuditFailed(UserError):
    """The trail cannot be written, so nothing is written to the server either."""


class AuditUnreadable(UserError):
    """A trail that somebody named cannot be read."""
