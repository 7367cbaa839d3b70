"""The root of every error that a person sees: one line of what, where and what to do."""

from __future__ import annotations


class UserError(Exception):
    """An error whose message is complete for its reader; it is shown without a traceback.

    `code` is a stable name (CamelCase) that documentation and tests refer to.
    """

    exit_code = 1

    def __init__(self, message: str, *, advice: str = "") -> None:
        self.message = message
        self.advice = advice
        super().__init__(f"{message}. {advice}".rstrip() if advice else message)

    @property
    def code(self) -> str:
        """The name of this kind of error."""
        return type(self).__name__
