"""Errors of verify: nothing could be read at all, so nothing is proved; one line, exit code 3."""

from __future__ import annotations

from wandb_registry.errors import UserError


class Unprovable(UserError):
    """The target could not be read, so that neither equality nor a difference can be claimed."""

    exit_code = 3


class NoKey(Unprovable):
    """No credentials are configured, or they have a form that W&B does not issue."""


class KeyRefused(Unprovable):
    """The server answers, and does not accept the credentials."""


class NoAnswer(Unprovable):
    """The address does not answer, or not as a W&B server does."""


class OrganizationNotSeen(Unprovable):
    """The organization does not exist, or this key may not see it; the client cannot tell which."""
