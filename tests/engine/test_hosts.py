from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.engine.programs import program
from wandb_registry.engine.cache import Cache
from wandb_registry.engine.hosts import host_folder
from wandb_registry.engine.locate import ask_language_host
from wandb_registry.engine.versions import ENGINE_VERSION

PYTHON = Path(sys.executable)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache with an engine that does nothing, in a folder whose name needs quoting."""
    made = Cache(tmp_path / "a user's cache")
    program(made.bin, "pulumi", "echo v3.259.0")
    program(made.bin, "pulumi-language-python-exec", "exit 0")
    program(made.bin, "pulumi-resource-pulumi-python", "exit 0")
    return made


def provider_of(folder: Path) -> Path:
    return folder / "pulumi-resource-pulumi-python"


def test_the_engine_lies_beside_its_plugins_as_a_file_of_its_own(cache: Cache) -> None:
    folder = host_folder(cache, PYTHON)
    assert {path.name for path in folder.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-resource-pulumi-python",
    }
    # The engine resolves symbolic links before it looks for its plugins.
    assert (folder / "pulumi").resolve() == folder.resolve() / "pulumi"
    assert (folder / "pulumi").samefile(cache.bin / "pulumi")


def test_the_language_host_of_the_folder_answers(cache: Cache) -> None:
    host = host_folder(cache, PYTHON) / "pulumi-language-python"
    assert ask_language_host(host, {"PATH": os.defpath}) == ENGINE_VERSION


def test_asking_again_changes_nothing(cache: Cache) -> None:
    folder = host_folder(cache, PYTHON)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert host_folder(cache, PYTHON) == folder
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_a_damaged_folder_is_mended(cache: Cache) -> None:
    folder = host_folder(cache, PYTHON)
    good = provider_of(folder).read_text()
    provider_of(folder).write_text("damaged")
    (folder / "pulumi").unlink()
    host_folder(cache, PYTHON)
    assert provider_of(folder).read_text() == good
    assert (folder / "pulumi").exists()


def test_a_copy_serves_where_the_file_system_refuses_links(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    folder = host_folder(cache, PYTHON)
    copied = (folder / "pulumi").stat().st_ino
    assert (folder / "pulumi").read_bytes() == (cache.bin / "pulumi").read_bytes()
    host_folder(cache, PYTHON)
    assert (folder / "pulumi").stat().st_ino == copied


def test_each_interpreter_has_a_folder_of_its_own(cache: Cache) -> None:
    other = Path("/opt/other clone/.venv/bin/python")
    assert host_folder(cache, PYTHON) != host_folder(cache, other)
    assert f"'{other}' -P -m" in (host_folder(cache, other) / "pulumi-language-python").read_text()


def test_many_may_ask_at_once(cache: Cache) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        folders = set(pool.map(lambda _: host_folder(cache, PYTHON), range(40)))
    (folder,) = folders
    assert len(list(folder.iterdir())) == 3


def run_provider(folder: Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, **variables}
    command = [str(provider_of(folder)), "127.0.0.1:1"]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


REPORT = 'echo "$0" $* "pid=$$ parent=$PPID VIRTUAL_ENV=$VIRTUAL_ENV PATH=${PATH%%:*}"'


def test_the_provider_runs_in_the_clone_s_interpreter_where_the_project_names_none(
    cache: Cache, tmp_path: Path
) -> None:
    python = program(tmp_path / "clone's/bin", "python", REPORT)
    said = run_provider(host_folder(cache, python), tmp_path).stdout
    assert said.startswith(f"{python} -u -c ")
    assert 'run_module("pulumi.dynamic"' in said
    assert " 127.0.0.1:1 pid=" in said
    assert f"PATH={python.parent}" in said


@pytest.mark.parametrize("absolute", [True, False])
def test_the_provider_runs_in_the_virtual_environment_that_the_project_names(
    cache: Cache, tmp_path: Path, absolute: bool
) -> None:
    project = tmp_path / "project"
    python = program(project / "my venv/bin", "python", REPORT)
    name = str(project / "my venv/") if absolute else "my venv/"
    said = run_provider(host_folder(cache, PYTHON), project, PULUMI_RUNTIME_VIRTUALENV=name).stdout
    assert said.startswith(f"{python} -u -c ")
    assert 'run_module("pulumi.dynamic"' in said
    assert " 127.0.0.1:1 pid=" in said
    assert f"VIRTUAL_ENV={project / 'my venv'}" in said


def test_no_shell_stays_between_engine_and_provider(cache: Cache, tmp_path: Path) -> None:
    python = program(tmp_path / "bin", "python", REPORT)
    said = run_provider(host_folder(cache, python), tmp_path).stdout
    assert f"parent={os.getpid()} " in said


def test_a_missing_virtual_environment_is_named(cache: Cache, tmp_path: Path) -> None:
    done = run_provider(host_folder(cache, PYTHON), tmp_path, PULUMI_RUNTIME_VIRTUALENV=".venv")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"The virtual environment that the project names has no interpreter: {tmp_path}/.venv/bin/python"
    ]
