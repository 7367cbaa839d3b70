"""What can go wrong with the engine, each with what to do about it."""

from __future__ import annotations

from wandb_registry.engine.versions import GO_MINIMUM, OLDEST_ENGINE, show_version
from wandb_registry.errors import UserError

INSTALL_ADVICE = (
    f"Install Go {show_version(GO_MINIMUM)} or newer, "
    f"or the Pulumi CLI {show_version(OLDEST_ENGINE)} or newer with its Python language host"
)


class EngineError(UserError):
    """The root of all errors of the engine room."""


class EngineMissing(EngineError):
    """There is no usable `pulumi`, and nothing to build it with."""


class GoTooOld(EngineError):
    """`go` is there, but cannot build the pinned engine."""


class EngineDownloadRefused(EngineError):
    """The Go module proxy did not give the engine's source."""


class EngineBuildFailed(EngineError):
    """The Go compiler did not turn the source into an engine."""


class CacheUnusable(EngineError):
    """The user's cache directory cannot be written."""


class PulumiFailed(EngineError):
    """A `pulumi` command ended with an exit code other than 0.

    `exit_code_of_pulumi` is that code (negative: ended by a signal), `output` all that it printed.
    """

    def __init__(self, message: str, *, exit_code_of_pulumi: int, output: str) -> None:
        self.exit_code_of_pulumi = exit_code_of_pulumi
        self.output = output
        super().__init__(message)


class PulumiTimedOut(EngineError):
    """A `pulumi` command took longer than its caller allows, and was ended."""
