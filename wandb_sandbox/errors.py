"""What the server answers when it refuses: message, HTTP status and code of the documented shapes."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal that reaches the client as `{"errors": [{"message", "extensions": {"code"}}]}`."""

    status = 400
    code = "BAD_REQUEST"

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class InvalidError(ApiError):
    """The request is understood and cannot be right."""

    code = "VALIDATION_ERROR"


class UnauthorizedError(ApiError):
    """No key, or one that nobody has."""

    status = 401
    code = "UNAUTHENTICATED"


class PermissionDeniedError(ApiError):
    """The key sees the object and may not do this to it."""

    status = 403
    code = "PERMISSION_ERROR"


class NotFoundError(ApiError):
    """Not there, or not for this key."""

    status = 404
    code = "NOT_FOUND"


class ConflictError(ApiError):
    """Against something that is there already."""

    status = 409
    code = "CONFLICT"


STATUS_CODES = {
    kind.status: kind.code
    for kind in (InvalidError, UnauthorizedError, PermissionDeniedError, NotFoundError, ConflictError)
}
"""The code that goes with a status in a refusal."""


class SandboxError(Exception):
    """The sandbox cannot start or go on; the message is one complete line."""
