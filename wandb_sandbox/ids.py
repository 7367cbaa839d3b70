"""Global ids: base64 of `Type:number`, as the client decodes them for users, entities and projects."""

from __future__ import annotations

import base64
import binascii

from wandb_sandbox.errors import InvalidError


def encode(kind: str, number: int) -> str:
    """The global id of row `number` of type `kind`."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def decode(value: str, *kinds: str) -> int:
    """The number in a global id of one of `kinds`; InvalidError for anything else."""
    try:
        kind, _, number = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidError(f"{value!r} is not a valid id") from None
    if kind not in kinds or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise InvalidError(f"{value!r} is not the id of a {' or '.join(kinds)}")
    return int(number)
