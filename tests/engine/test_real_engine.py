"""The room's promises on the real engine, with a project of one dynamic resource."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.waiting import ended, wait_for
from wandb_registry.engine.session import Running, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wandb_registry.engine.installation import Engine

pytestmark = pytest.mark.engine

PROJECTS = Path(__file__).parent / "projects"


@dataclass(frozen=True)
class Tiny:
    """The project, where its resources are kept, and its workspace."""

    folder: Path
    store: Path
    pulumi: Workspace
    started: list[Running] = field(default_factory=list)

    def start_up(self, **variables: str) -> Running:
        """An `up` under way, whose end does not depend on the test's."""
        running = self.with_(**variables).start("up", "--yes", "--skip-preview")
        self.started.append(running)
        return running

    def with_(self, **variables: str) -> Workspace:
        return replace(self.pulumi, environment={**self.pulumi.environment, **variables})

    def process(self, name: str) -> tuple[int, list[str]]:
        """Process id of the `program` or `provider`, and what else it noted of itself."""
        pid, *rest = (self.store / name).read_text().split(maxsplit=2)
        return int(pid), rest


@pytest.fixture
def tiny(engine: Engine, tmp_path: Path) -> Iterator[Tiny]:
    folder, store = tmp_path / "tiny", tmp_path / "store"
    shutil.copytree(PROJECTS / "tiny", folder)
    store.mkdir()
    environment = engine.environment(tmp_path / "home", passphrase="tests")
    environment["TINY_STORE"] = str(store)
    made = Tiny(folder, store, Workspace(engine, folder, environment))
    made.pulumi.init("dev")
    yield made
    for running in made.started:
        running.kill()
        running.process.wait()


def operations(state_or_steps: list[dict[str, object]]) -> list[object]:
    return [step["op"] for step in state_or_steps if "Tiny" in str(step) or "::one" in str(step["urn"])]


def test_a_resource_lives_and_dies(tiny: Tiny) -> None:
    assert "create" in operations(tiny.pulumi.preview_json()["steps"])
    assert not (tiny.store / "one").exists()

    tiny.pulumi.up()
    assert (tiny.store / "one").read_text() == "a"
    tiny.pulumi.preview("--expect-no-changes")

    # Drift is seen by the preview, which refreshes first, and healed by the next up.
    (tiny.store / "one").write_text("by hand")
    assert "update" in operations(tiny.pulumi.preview_json()["steps"])
    assert tiny.pulumi.preview("--expect-no-changes", check=False).exit_code != 0
    tiny.pulumi.up()
    assert (tiny.store / "one").read_text() == "a"

    tiny.with_(TINY_VALUE="b").up()
    (tiny.store / "one").unlink()
    tiny.pulumi.refresh()
    kept = [entry["urn"] for entry in tiny.pulumi.export()["deployment"]["resources"]]
    assert not [urn for urn in kept if urn.endswith("::one")]

    tiny.pulumi.up()
    tiny.pulumi.destroy()
    assert not (tiny.store / "one").exists()
    assert "resources" not in tiny.pulumi.export()["deployment"]


def test_program_and_provider_run_in_this_interpreter_though_nobody_activated_it(tiny: Tiny) -> None:
    environment = {**tiny.pulumi.environment, "PATH": tiny.pulumi.engine.search_path("/usr/bin:/bin")}
    environment.pop("VIRTUAL_ENV", None)
    replace(tiny.pulumi, environment=environment).up()
    assert tiny.process("program")[1][0] == sys.executable
    assert tiny.process("provider")[1][0] == sys.executable


def test_program_and_provider_run_in_the_virtual_environment_that_the_project_names(tiny: Tiny) -> None:
    (tiny.folder / ".venv").symlink_to(sys.prefix)
    text = (tiny.folder / "Pulumi.yaml").read_text()
    named = text.replace("runtime: python", "runtime: {name: python, options: {virtualenv: .venv}}")
    (tiny.folder / "Pulumi.yaml").write_text(named)
    tiny.pulumi.up()
    assert tiny.process("program")[1][0] == str(tiny.folder / ".venv/bin/python")
    assert tiny.process("provider")[1][0] == str(tiny.folder / ".venv/bin/python")
    # Refresh and destroy never run the program, and still need the environment.
    (tiny.store / "provider").unlink()
    tiny.pulumi.refresh()
    tiny.pulumi.destroy()

    (tiny.folder / ".venv").unlink()
    failed = tiny.pulumi.preview(check=False)
    assert failed.exit_code != 0
    assert f"has no interpreter: {tiny.folder}/.venv/bin/python" in failed.output
    assert "Traceback" not in failed.output


def test_the_shell_line_makes_plain_pulumi_work(tiny: Tiny) -> None:
    script = f'eval "$({sys.executable} -m wandb_registry.cli.main env --shell sh)"; pulumi preview'
    environment = {
        name: value for name, value in tiny.pulumi.environment.items() if name != "PULUMI_PYTHON_CMD"
    }
    # The user's own PATH, without ours.
    environment["PATH"] = os.environ["PATH"]
    done = subprocess.run(
        ["sh", "-c", script], cwd=tiny.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "2 to create" in done.stdout
    # The engine warns of a plugin that it did not expect where it is.
    assert "warning" not in (done.stdout + done.stderr).lower()


def test_an_error_that_was_shown_is_shown_once(tiny: Tiny) -> None:
    failed = tiny.with_(TINY_END="shown").preview(check=False)
    assert failed.exit_code != 0
    diagnostics = failed.output.partition("Diagnostics:")[2]
    assert diagnostics.count("error:") == 1
    assert "error: one line of what, where and what to do" in diagnostics


def test_a_run_error_shows_no_traceback(tiny: Tiny) -> None:
    failed = tiny.with_(TINY_END="run error").preview(check=False)
    assert failed.exit_code != 0
    assert "error: a run error" in failed.output
    assert "Traceback" not in failed.output


def test_a_policy_pack_starts_and_its_verdict_counts(tiny: Tiny) -> None:
    pack = ("--policy-pack", str(PROJECTS / "pack"))
    tiny.pulumi.preview(*pack)
    failed = tiny.with_(TINY_VALUE="forbidden").preview(*pack, check=False)
    assert failed.exit_code != 0
    assert "this value is forbidden" in failed.output
    assert "Traceback" not in failed.output
    tiny.with_(TINY_VALUE="allowed").up(*pack)


def test_ctrl_c_ends_what_is_under_way_and_leaves_no_traceback(tiny: Tiny) -> None:
    hold = tiny.store / "hold"
    hold.touch()
    running = tiny.start_up()
    wait_for((tiny.store / "provider").exists, "the provider's create")
    running.interrupt()
    wait_for(lambda: "cancelling" in running.output, "the engine's answer")
    hold.unlink()
    done = running.wait()
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert "KeyboardInterrupt" not in done.output
    # The state holds what was made, and no lock is left.
    assert "2 unchanged" in tiny.pulumi.up().output


def test_ctrl_c_ends_a_hanging_program(tiny: Tiny) -> None:
    running = tiny.start_up(TINY_END="hang")
    wait_for((tiny.store / "program").exists, "the program")
    running.interrupt()
    done = running.wait()
    assert "update canceled" in done.output
    assert "Traceback" not in done.output
    wait_for(lambda: ended(tiny.process("program")[0]), "the program's end")


def test_a_killed_engine_takes_host_program_and_provider_along(tiny: Tiny) -> None:
    (tiny.store / "hold").touch()
    running = tiny.start_up()
    wait_for(lambda: all((tiny.store / name).exists() for name in ("provider", "program")), "both")
    provider, (_, arguments) = tiny.process("provider")
    # No shell in between, and the engine's address as the only argument.
    parent = int(Path(f"/proc/{provider}/stat").read_text().rpartition(")")[2].split()[1])
    assert parent == running.process.pid
    assert "pulumi/dynamic/__main__.py', '127.0.0.1:" in arguments
    running.kill()
    assert running.wait().exit_code == -9
    wait_for(lambda: ended(tiny.process("program")[0]), "the program's end")
    # The engine held the other end of the provider's stdin; that it is closed is how a provider knows.
    wait_for(lambda: ended(provider), "the provider's end")
    (tiny.store / "hold").unlink()

    blocked = tiny.pulumi.up(check=False)
    assert blocked.exit_code != 0
    assert "lock" in blocked.output
    tiny.pulumi.cancel()
    tiny.pulumi.up("--refresh=false")
    assert (tiny.store / "one").read_text() == "a"


def test_a_state_has_no_file_beside_it_that_a_kill_could_leave_half_written(tiny: Tiny) -> None:
    tiny.pulumi.up()
    state = Path(tiny.pulumi.environment["PULUMI_HOME"]) / ".pulumi"
    assert [path.suffix for path in state.rglob("dev.json*") if path.suffix not in (".json", ".bak")] == []
    assert list(state.rglob("dev.json"))
