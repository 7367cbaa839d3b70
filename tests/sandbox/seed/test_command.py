"""`wandb-registry sandbox seed` as a person calls it, and the seeded folder as a server takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wandb_registry.cli.main import main
from wandb_sandbox.seed.people import key_of
from wandb_sandbox.seed.plan import ADMIN

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ["--links", "20", "--collections", "4", "--teams", "2"]


def test_it_tells_what_was_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "seed", "--data", str(tmp_path / "new"), *SMALL, "--seed", "3"]) == 0
    told = capsys.readouterr().out
    assert "2 teams, 4 collections, 20 links" in told
    assert ADMIN in told
    assert key_of(ADMIN) not in told


def test_a_folder_with_content_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["sandbox", "seed", "--data", str(tmp_path), *SMALL]
    assert main(wanted) == 0
    capsys.readouterr()
    assert main(wanted) != 0
    told = capsys.readouterr().err
    assert "content already" in told
    assert len(told.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "numbers",
    [["--links", "1", "--collections", "2"], ["--teams", "9", "--collections", "3"], ["--links", "0"]],
)
def test_numbers_that_cannot_be(tmp_path: Path, numbers: list[str]) -> None:
    assert main(["sandbox", "seed", "--data", str(tmp_path / "new"), *numbers]) != 0
    assert not (tmp_path / "new" / "state.db").exists()
