from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.engine.programs import fake_pulumi, program
from wandb_registry.engine import locate
from wandb_registry.engine.locate import search_path


def search(*folders: Path, ignore: Path = Path("/nowhere")) -> locate.Search:
    # The scripts need a shell and its tools.
    path = os.pathsep.join([*map(str, folders), *os.defpath.split(os.pathsep)])
    return search_path(path, ignore=ignore)


def test_a_new_pulumi_with_a_working_host_is_taken(tmp_path: Path) -> None:
    pulumi = fake_pulumi(tmp_path, "v3.300.1", "3.300.1")
    found = search(tmp_path)
    assert found.rejected == ()
    assert found.engine is not None
    assert (found.engine.pulumi, found.engine.version, found.engine.origin) == (pulumi, (3, 300, 1), "path")


def test_nothing_on_path_is_no_finding() -> None:
    assert search() == locate.Search(None, ())


@pytest.mark.parametrize(
    ("version", "host_version", "why"),
    [
        ("v3.258.9", "3.258.9", r"version 3\.258\.9, older than 3\.259\.0"),
        ("v4.0.0", "4.0.0", r"version 4\.0\.0; only versions before 4\.0\.0"),
        ("gibberish", "3.259.0", "does not answer `pulumi version`"),
        ("v3.259.0", None, "comes without pulumi-language-python"),
        ("v3.259.0", "3.79.0", r"host of version 3\.79\.0"),
        # A host that somebody built by hand does not know its version.
        ("v3.259.0", "", "does not answer"),
    ],
)
def test_an_unusable_pulumi_is_rejected_with_its_reason(
    tmp_path: Path, version: str, host_version: str | None, why: str
) -> None:
    fake_pulumi(tmp_path, version, host_version)
    found = search(tmp_path)
    assert found.engine is None
    (reason,) = found.rejected
    assert reason.startswith(str(tmp_path / "pulumi"))
    assert re.search(why, reason)


@pytest.mark.parametrize("body", ["exit 3", "echo no port", "exec ./missing"])
def test_a_host_that_does_not_start_is_no_host(tmp_path: Path, body: str) -> None:
    fake_pulumi(tmp_path, host_version=None)
    program(tmp_path, "pulumi-language-python", body)
    found = search(tmp_path)
    assert found.engine is None
    assert "host that does not answer" in found.rejected[0]


def test_a_host_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "_ANSWER_SECONDS", 0.2)
    fake_pulumi(tmp_path, host_version=None)
    program(tmp_path, "pulumi-language-python", "exec sleep 600")
    assert locate.ask_language_host(tmp_path / "pulumi-language-python", os.environ) is None


def test_a_later_usable_pulumi_is_taken_and_the_earlier_named(tmp_path: Path) -> None:
    fake_pulumi(tmp_path / "old", "v3.1.0")
    pulumi = fake_pulumi(tmp_path / "new")
    found = search(tmp_path / "old", tmp_path / "new")
    assert found.engine is not None
    assert found.engine.pulumi == pulumi
    assert len(found.rejected) == 1


def test_our_own_cache_on_path_is_not_the_user_s_pulumi(tmp_path: Path) -> None:
    fake_pulumi(tmp_path / "cache" / "hosts" / "other")
    assert search(tmp_path / "cache/hosts/other", ignore=tmp_path / "cache") == locate.Search(None, ())


def test_a_host_beside_the_file_that_a_link_points_to_counts(tmp_path: Path) -> None:
    fake_pulumi(tmp_path / "cellar")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(tmp_path / "cellar" / "pulumi")
    found = search(tmp_path / "bin")
    assert found.engine is not None
    assert found.engine.pulumi == tmp_path / "bin" / "pulumi"
