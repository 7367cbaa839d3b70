from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console

from tests.engine.programs import calls, fake_go, program
from tests.engine.waiting import wait_for
from wandb_registry.engine import build
from wandb_registry.engine.build import build_engine, go_environment
from wandb_registry.engine.cache import Cache
from wandb_registry.engine.errors import EngineBuildFailed, EngineDownloadRefused, GoTooOld
from wandb_registry.engine.progress import Reporter


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


class Screen(Reporter):
    """A reporter whose lines can be read."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        super().__init__(Console(file=self._file, soft_wrap=True))

    @property
    def text(self) -> str:
        return self._file.getvalue()


def test_the_engine_is_downloaded_built_and_kept(cache: Cache, tmp_path: Path) -> None:
    screen = Screen()
    go = fake_go(tmp_path / "go")
    build_engine(cache, go, screen)
    assert cache.complete
    assert calls(go) == ["env", "env", "get", "build", "list"]
    assert "Downloading the source of the Pulumi engine 3.259.0: done" in screen.text
    assert "Building the Pulumi engine 3.259.0" in screen.text
    assert "go: downloading example.com/one v1.0.0" in cache.log.read_text()
    # Nothing but the result stays.
    assert [path.name for path in cache.engine.iterdir()] == ["bin"]


def test_the_module_names_the_version_and_the_replacement(cache: Cache, tmp_path: Path) -> None:
    go = fake_go(tmp_path / "go", build=f'cp go.mod "{tmp_path}/seen.mod"')
    build_engine(cache, go, Screen())
    module = (tmp_path / "seen.mod").read_text()
    assert "go 1.25.11\n" in module
    assert "replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-2024" in module
    said = (go.parent / "go.log").read_text()
    assert "get -tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v3.259.0" in said
    assert "version.Version=3.259.0" in said


def test_a_built_engine_is_not_built_again(cache: Cache, tmp_path: Path) -> None:
    go = fake_go(tmp_path / "go")
    build_engine(cache, go, Screen())
    before = calls(go)
    build_engine(cache, go, Screen())
    assert calls(go) == before


def test_two_starts_at_once_build_once_and_the_second_says_why_it_waits(cache: Cache, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    go = fake_go(
        tmp_path / "go", build=f'touch "{tmp_path}/building"; while [ -e "{hold}" ]; do sleep 0.02; done'
    )
    first, second = Screen(), Screen()
    with ThreadPoolExecutor(max_workers=2) as pool:
        one = pool.submit(build_engine, cache, go, first)
        wait_for((tmp_path / "building").exists, "the first build")
        two = pool.submit(build_engine, cache, go, second)
        wait_for(lambda: "waiting for it" in second.text, "the second start's message")
        hold.unlink()
        one.result()
        two.result()
    assert calls(go).count("build") == 1
    assert cache.complete
    assert "Downloading" not in second.text


def test_a_refused_download_is_one_line_with_the_end_of_go_s_output(cache: Cache, tmp_path: Path) -> None:
    go = fake_go(tmp_path / "go", get='echo "go: module lookup disabled by GOPROXY=off" >&2; exit 1')
    with pytest.raises(EngineDownloadRefused) as caught:
        build_engine(cache, go, Screen())
    text = str(caught.value)
    assert "cmd/pulumi@v3.259.0: go: module lookup disabled by GOPROXY=off" in text
    assert "GOPROXY" in caught.value.advice
    assert str(cache.log) in text
    assert "downloading" not in text
    assert len(text.splitlines()) == 1
    assert not cache.complete


def test_a_failed_build_leaves_nothing_and_the_next_start_succeeds(cache: Cache, tmp_path: Path) -> None:
    screen = Screen()
    broken = fake_go(tmp_path / "go", build='echo "signal: killed" >&2; exit 1')
    with pytest.raises(EngineBuildFailed, match=r"did not build: .*signal: killed"):
        build_engine(cache, broken, screen)
    assert "failed" in screen.text
    assert list(cache.engine.iterdir()) == []
    build_engine(cache, fake_go(tmp_path / "go"), Screen())
    assert cache.complete


def test_the_rest_of_a_killed_start_is_no_engine(cache: Cache, tmp_path: Path) -> None:
    program(cache.bin, "pulumi", "half")
    build_engine(cache, fake_go(tmp_path / "go"), Screen())
    assert cache.complete
    assert "half" not in (cache.bin / "pulumi").read_text()


@pytest.mark.parametrize("answer", ["go1.22.4", "go: go.mod requires go >= 1.25.11 (running go 1.22.4)"])
def test_an_old_go_is_told_what_is_needed(cache: Cache, tmp_path: Path, answer: str) -> None:
    go = fake_go(tmp_path / "go", version=answer)
    with pytest.raises(GoTooOld, match=r"needs Go 1\.25\.11"):
        build_engine(cache, go, Screen())
    assert calls(go) == ["env", "env"]


def test_a_silent_download_is_given_up(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_SILENCE_SECONDS", 1.0)
    go = fake_go(tmp_path / "go", get="exec sleep 600")
    with pytest.raises(EngineDownloadRefused, match="no sign of life"):
        build_engine(cache, go, Screen())


def test_go_keeps_its_own_places_where_it_has_them(cache: Cache, tmp_path: Path) -> None:
    cache.prepare()
    environment = go_environment(cache, fake_go(tmp_path / "go", modules=str(tmp_path / "not/yet/there")))
    assert "GOMODCACHE" not in environment


@pytest.mark.parametrize("places", ["/proc/version/mod", "off"])
def test_go_gets_places_below_our_cache_where_it_has_none(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: str
) -> None:
    monkeypatch.setenv("GOFLAGS", "-buildvcs=false")
    cache.prepare()
    environment = go_environment(cache, fake_go(tmp_path / "go", modules=places))
    for name in ("GOPATH", "GOMODCACHE", "GOCACHE"):
        assert Path(environment[name]).is_relative_to(cache.root)
    # So that `rm -r` of the cache works; the user's own flags stay.
    assert environment["GOFLAGS"] == "-buildvcs=false -modcacherw"
