from __future__ import annotations

import base64

import pytest

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError


def test_there_and_back() -> None:
    assert ids.decode(ids.encode("Project", 12), "Project") == 12
    assert base64.b64decode(ids.encode("User", 3)) == b"User:3"


@pytest.mark.parametrize(
    "value", ["", "x", "ÿ", base64.b64encode(b"User:1").decode(), base64.b64encode(b"Project:-1").decode()]
)
def test_anything_else_is_invalid(value: str) -> None:
    with pytest.raises(InvalidError):
        ids.decode(value, "Project")
