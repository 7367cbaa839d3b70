"""What the demo checks: each check fails where it must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from examples.demo.checks import LONGEST_PROVIDER, check_files, check_state, require_words
from examples.demo.steps import StepFailed

KEY = "0123456789abcdef" * 3


def write_state(folder: Path, outputs: dict[str, Any], **deployment: Any) -> Path:
    resources = [{"urn": "a", "inputs": {"__provider": "short"}, "outputs": outputs}]
    path = folder / "state.json"
    path.write_text(json.dumps({"deployment": {"resources": resources, **deployment}}))
    return path


def test_a_state_without_secrets(tmp_path: Path) -> None:
    assert check_state(write_state(tmp_path, {"__provider": "short"}), [KEY]) == 1


@pytest.mark.parametrize(
    ("outputs", "deployment", "why"),
    [
        ({"note": KEY}, {}, "API key"),
        ({"note": "canary-alice-000"}, {}, "API key"),
        ({"__provider": "x" * LONGEST_PROVIDER}, {}, "__provider"),
        ({"__provider": {"ciphertext": "x"}}, {}, "__provider"),
        ({}, {"pending_operations": [{"type": "creating"}]}, "pending"),
        ({}, {"resources": []}, "no resources"),
    ],
)
def test_a_state_that_is_refused(
    tmp_path: Path, outputs: dict[str, Any], deployment: dict[str, Any], why: str
) -> None:
    with pytest.raises(StepFailed, match=why):
        check_state(write_state(tmp_path, outputs, **deployment), [KEY])


def test_files_are_read_but_for_the_servers_own(tmp_path: Path) -> None:
    own = tmp_path / "sandbox"
    own.mkdir()
    (own / "state.db").write_bytes(KEY.encode())
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file").write_bytes(b"\x00nothing")
    assert check_files(tmp_path, [KEY], own=[own]) == 1
    (tmp_path / "deep" / "er" / "other").write_bytes(b"\xff" + KEY.encode() + b"\x00")
    with pytest.raises(StepFailed, match="deep/er/other holds an API key"):
        check_files(tmp_path, [KEY], own=[own])


def test_the_words_that_an_output_lacks_are_named() -> None:
    require_words("it", "one two", ["one", "two"])
    with pytest.raises(StepFailed, match="it does not say 'three'") as caught:
        require_words("it", "one\n\ntwo", ["one", "three"])
    assert caught.value.tail == "one\ntwo"
