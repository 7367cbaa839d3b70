from __future__ import annotations

import pytest

from wandb_registry.engine.versions import (
    ENGINE_VERSION,
    FIRST_UNKNOWN_ENGINE,
    OLDEST_ENGINE,
    parse_version,
    show_version,
)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("v3.260.0-alpha.1+dirty", (3, 260, 0)),
        ("go1.26.8", (1, 26, 8)),
        ("go1.26", (1, 26, 0)),
        ("go1.25.11 X:boringcrypto", (1, 25, 11)),
        ("devel", None),
        ("", None),
    ],
)
def test_a_version_is_read_out_of_what_programs_print(
    text: str, version: tuple[int, int, int] | None
) -> None:
    assert parse_version(text) == version


def test_the_built_engine_is_one_that_would_be_accepted_on_path() -> None:
    assert OLDEST_ENGINE <= ENGINE_VERSION < FIRST_UNKNOWN_ENGINE


def test_a_shown_version_is_read_back() -> None:
    assert parse_version(show_version(ENGINE_VERSION)) == ENGINE_VERSION
