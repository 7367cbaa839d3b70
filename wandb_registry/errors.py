"""The root of every error that a person sees: one line of what, where and what to do."""

from __future__ import annotations

from collections.abc import Iterable


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


def listed(items: Iterable[str], most: int = 10) -> str:
    """A list for a person: sorted, and no longer than a line or two."""
    given = sorted(items)
    more = f" and {len(given) - most} more" if len(given) > most else ""
    return ", ".join(given[:most]) + more
