"""The public `wandb` client, made quiet and patient in measure, and its failures in one line each.

Credentials, address, proxy and CA are found by the client itself; nothing here reads or keeps a key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pydantic
import wandb
from wandb.sdk.lib.service.service_connection import WandbApiFailedError

from wandb_registry.verify.errors import KeyRefused, NoAnswer, NoKey, Unprovable

# What the client raises for a request that failed: its own errors, what they wrap, and bare
# ValueError and RuntimeError from `Registry` (facts/wandb.md, T13).
ClientErrors = (wandb.Error, WandbApiFailedError, ValueError, RuntimeError)

# No prompt for a key and no chatter; three retries end within the client's timeout of 19 s, so that an
# address that does not answer is named by its own error. Whatever the user set stays.
_DEFAULTS = {"WANDB_SILENT": "true", "WANDB_X_GRAPHQL_RETRY_MAX": "3"}
_LONGEST = 300
_REFUSED = (401, 403)


def connect(*, entity: str | None = None) -> wandb.Api:
    """A client whose key the server has accepted; NoKey, KeyRefused or NoAnswer otherwise.

    `entity` makes the client find the organization by one of its entities.
    """
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    # A parent's wandb-core ends with the parent; this process starts its own.
    os.environ.pop("WANDB_SERVICE", None)
    try:
        if entity is None:
            return wandb.Api()
        return wandb.Api(overrides={"entity": entity, "organization": None})
    except wandb.errors.UsageError as error:
        raise NoKey(one_line(error), advice="Set WANDB_API_KEY, or use `wandb login`") from None
    except wandb.errors.AuthenticationError as error:
        raise _refusal(error) from None
    except ClientErrors as error:
        raise NoAnswer(f"the W&B client cannot start: {reason(error)}") from None


def _refusal(error: Exception) -> Unprovable:
    failure = _failure(error)
    if failure is None:
        return NoKey(one_line(error), advice="Set WANDB_API_KEY, or use `wandb login`")
    if _status(failure) in _REFUSED or not _no_answer(failure):
        return KeyRefused(
            one_line(error), advice="Check WANDB_API_KEY and WANDB_BASE_URL: a key belongs to one server"
        )
    return NoAnswer(one_line(error), advice="Check WANDB_BASE_URL, the network and the proxy")


def answers(error: Exception) -> bool:
    """Whether the server answered the request that failed; False where asking on is waste."""
    failure = _failure(error)
    return failure is None or not _no_answer(failure)


def reason(error: Exception) -> str:
    """The failure in one line: the cause where the client hides it behind a general text."""
    failure = _failure(error)
    innermost = failure if failure is not None else list(_chain(error))[-1]
    if isinstance(innermost, pydantic.ValidationError):
        # Its own text quotes what was read, and an answer about teams holds keys.
        details = innermost.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, details["loc"]))
        return one_line(f"not as the client expects it: {place}: {details['msg']}")
    return one_line(innermost)


def one_line(error: object) -> str:
    """A text on one line, without the retries that the client appends, of bearable length."""
    text = " ".join(str(error).split("while retrying:")[0].split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _failure(error: BaseException) -> WandbApiFailedError | None:
    return next((e for e in _chain(error) if isinstance(e, WandbApiFailedError)), None)


def _status(failure: WandbApiFailedError) -> int:
    return failure.response.http_status if failure.response is not None else 0


def _no_answer(failure: WandbApiFailedError) -> bool:
    # Without a response, wandb-core itself gave no answer in time; it "gives up" after its retries.
    return failure.response is None or "giving up after" in str(failure)
