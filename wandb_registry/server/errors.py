"""What can go wrong between us and the server, as a small tree of errors.

Only `NotFound` ever means that something is not there, and only its raisers decide that: a null, a 401,
a 403, a timeout or a listing cut short is never "gone" (design: absence is not deletion).
"""

from __future__ import annotations

from wandb_registry.errors import UserError


class ServerError(UserError):
    """Something between us and the server."""


class NotFound(ServerError):
    """The server answered that it does not know this."""


class Unauthorized(ServerError):
    """The key is missing, unknown or revoked."""


class PermissionDenied(ServerError):
    """The key is known, and may not do this."""


class Conflict(ServerError):
    """The server refused because of what is already there."""


class Invalid(ServerError):
    """The server refused the request as such."""


class Unavailable(ServerError):
    """No answer, or none of use, after all retries."""


class IncompleteListing(ServerError):
    """A listing ended before the server had said that it was complete."""


class NotVisible(ServerError):
    """Not there, or hidden from this key: the two cannot be told apart, so nothing follows from it."""


class OtherServer(ServerError):
    """This state belongs to another server or organization."""
