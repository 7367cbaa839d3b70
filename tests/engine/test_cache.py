from __future__ import annotations

from pathlib import Path

import pytest

from wandb_registry.engine.cache import Cache, default_root
from wandb_registry.engine.errors import CacheUnusable


def test_the_cache_is_the_user_s_by_the_platform_s_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_root() == tmp_path / "wandb-registry"


def test_an_engine_is_complete_only_with_all_its_files(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.bin.mkdir(parents=True)
    names = ["pulumi", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"]
    for name in names:
        assert not cache.complete
        (cache.bin / name).touch(0o755)
    assert cache.complete
    (cache.bin / "pulumi").chmod(0o644)
    assert not cache.complete


def test_a_cache_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheUnusable, match=r"Cannot make .*file.*XDG_CACHE_HOME"):
        Cache(tmp_path / "file" / "wandb-registry").prepare()


def test_a_user_without_a_home_is_told_where_to_name_a_place() -> None:
    with pytest.raises(CacheUnusable, match="XDG_CACHE_HOME"):
        Cache(Path("~/.cache/wandb-registry")).prepare()
