from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.programs import calls, fake_go, fake_pulumi
from wandb_registry.engine.cache import Cache
from wandb_registry.engine.errors import EngineMissing
from wandb_registry.engine.provide import provide_engine


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def on_path(*folders: Path) -> str:
    """PATH with what the scripts need; a real `go` or `pulumi` is in none of these."""
    return os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"])


def test_the_user_s_own_pulumi_is_taken_without_touching_the_cache(cache: Cache, tmp_path: Path) -> None:
    pulumi = fake_pulumi(tmp_path / "bin")
    engine = provide_engine(cache=cache, path=on_path(tmp_path / "bin"))
    assert (engine.pulumi, engine.origin) == (pulumi, "path")
    assert not cache.root.exists()


def test_without_one_it_is_built_once(
    cache: Cache, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    go = fake_go(tmp_path / "go")
    engine = provide_engine(cache=cache, path=on_path(go.parent))
    assert engine.origin == "built"
    assert engine.pulumi.parent.parent == cache.hosts
    assert provide_engine(cache=cache, path=on_path(go.parent)) == engine
    assert calls(go).count("build") == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert "Building the Pulumi engine" in said.err


def test_a_built_engine_serves_without_go(cache: Cache, tmp_path: Path) -> None:
    engine = provide_engine(cache=cache, path=on_path(fake_go(tmp_path / "go").parent))
    assert provide_engine(cache=cache, path=on_path()) == engine


def test_why_the_user_s_own_is_not_used_is_said_before_the_build(
    cache: Cache, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake_pulumi(tmp_path / "old", "v3.100.0")
    go = fake_go(tmp_path / "go")
    engine = provide_engine(cache=cache, path=on_path(tmp_path / "old", go.parent))
    assert engine.origin == "built"
    assert "Not used:" in capfd.readouterr().err
    # Once it is built there is nothing to say.
    provide_engine(cache=cache, path=on_path(tmp_path / "old", go.parent))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("old", [False, True])
def test_a_machine_with_neither_is_told_what_to_install(cache: Cache, tmp_path: Path, old: bool) -> None:
    if old:
        fake_pulumi(tmp_path / "bin", "v3.100.0")
    with pytest.raises(EngineMissing) as caught:
        provide_engine(cache=cache, path=on_path(tmp_path / "bin"))
    text = str(caught.value)
    assert "Go 1.25.11 or newer" in text
    assert "Pulumi CLI 3.259.0 or newer" in text
    assert ("version 3.100.0" if old else "pulumi is not on PATH") in text
    assert len(text.splitlines()) == 1
    assert not cache.root.exists()


def test_building_can_be_declined(cache: Cache, tmp_path: Path) -> None:
    go = fake_go(tmp_path / "go")
    with pytest.raises(EngineMissing, match="pulumi is not on PATH"):
        provide_engine(cache=cache, path=on_path(go.parent), build=False)
    assert not (go.parent / "go.log").exists()
