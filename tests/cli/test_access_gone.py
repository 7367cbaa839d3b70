"""`wandb-registry access --gone` as a person types it: a patch that git takes, and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from wandb.sdk import wandb_setup

from tests.migration.world import World, fill_demo, key_of
from wandb_registry.cli.main import main
from wandb_registry.state.inventory import inventory_path
from wandb_registry.state.load import load_stack
from wandb_sandbox.server import Sandbox

Command = Callable[..., tuple[int, str, str]]
STACK = Path("stacks") / "demo.yaml"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The demo organization, for one test alone."""
    with Sandbox(tmp_path / "server") as sandbox:
        made = World(sandbox)
        fill_demo(made)
        yield made
        made.close()


@pytest.fixture
def command(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """A command in a repository with the scanned stack, with alice's key; exit code, output and errors."""
    for name in ("NETRC", "WANDB_IDENTITY_TOKEN_FILE", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(home))
    monkeypatch.setenv("WANDB_BASE_URL", world.sandbox.url)
    monkeypatch.setenv("WANDB_API_KEY", key_of("alice"))
    repository = tmp_path / "repository"
    repository.mkdir()
    monkeypatch.chdir(repository)
    git("init", "--quiet")
    (repository / "migration.yaml").write_text("numbering: exact\n")
    wandb_setup.teardown()

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        said = capfd.readouterr()
        return code, said.out, said.err

    code, _, errors = run(
        "scan", "--organization", "acme", "--team", "fraud", "--config", "migration.yaml", "--out", str(STACK)
    )
    assert code == 0, errors
    yield run
    wandb_setup.teardown()


def git(*arguments: str, patch: str = "") -> None:
    """Git in the repository; whatever goes wrong fails the test."""
    ended = subprocess.run(["git", *arguments], input=patch.encode(), capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()


def users() -> set[str]:
    """Whom the stack file names."""
    members = load_stack(STACK).registries["fraud-models"].members
    assert members is not None
    return set(members.users)


def edit(old: str, new: str, path: Path = STACK) -> None:
    """A change by hand."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_who_left_is_a_patch_that_git_applies(world: World, command: Command) -> None:
    before = users()
    assert {"alice", "bob"} <= before
    code, out, err = command("access", str(STACK), "--gone")
    assert (code, out) == (0, "")
    assert "nothing to change, by" in err

    world.leave("bob")
    text = STACK.read_bytes()
    code, out, err = command("access", str(STACK), "--gone")
    assert code == 1
    assert out.startswith("--- a/stacks/demo.yaml\n+++ b/stacks/demo.yaml\n@@ ")
    assert STACK.read_bytes() == text
    first, last = err.splitlines()
    assert (
        "registries.fraud-models.members.users.bob: is gone from organization Acme Inc (entity acme)" in first
    )
    assert first.startswith("stacks/demo.yaml:")
    assert last == "To apply it: wandb-registry access stacks/demo.yaml --gone | git apply"
    git("apply", "--check", "-", patch=out)
    git("apply", "-", patch=out)
    assert users() == before - {"bob"}
    assert command("access", str(STACK), "--gone")[:2] == (0, "")


def test_an_absolute_path_gives_the_same_patch(world: World, command: Command) -> None:
    world.leave("bob")
    relative = command("access", str(STACK), "--gone")[1]
    assert command("access", str(STACK.absolute()), "--gone")[1] == relative


def test_a_new_name_is_a_renamed_key(command: Command) -> None:
    # As if bob had been called rob when scan ran.
    edit("bob:", "rob:  ")
    edit('"username": "bob"', '"username": "rob"', inventory_path(STACK))
    code, out, err = command("access", str(STACK), "--gone")
    assert code == 1
    assert "users.rob: is called bob in organization Acme Inc (entity acme) now: renamed" in err
    git("apply", "-", patch=out)
    assert "bob" in users()
    assert "rob" not in users()
    assert "bob:   " in STACK.read_text()


def test_a_new_name_that_stands_there_already_leaves_one_entry(command: Command) -> None:
    edit("bob:", "rob: viewer, bob:")
    edit('"username": "bob"', '"username": "rob"', inventory_path(STACK))
    _, out, err = command("access", str(STACK), "--gone")
    assert "users.rob: is called bob in organization Acme Inc (entity acme) now: taken out" in err
    git("apply", "-", patch=out)
    assert "rob" not in users()


def test_an_unknown_name_and_a_service_account_are_left_alone(world: World, command: Command) -> None:
    edit("bob:", "ghost: viewer, bob:")
    world.leave("fraud-bot")
    code, out, err = command("access", str(STACK), "--gone")
    assert (code, out) == (0, "")
    first, _ = err.splitlines()
    assert "users.ghost: is not told of organization Acme Inc" in first
    assert first.endswith("left as it is")


def test_where_graphql_does_not_tell_scim_does(
    world: World, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.leave("bob")
    switches = replace(world.sandbox.state.switches, organization_members=False)
    world.sandbox.state.switches = switches
    code, out, err = command("access", str(STACK), "--gone")
    assert (code, out) == (3, "")
    (line,) = err.splitlines()
    assert "cannot be read completely with this key on this server. Use the key of an organization" in line
    monkeypatch.setenv("WANDB_API_KEY", key_of("root"))
    wandb_setup.teardown()
    code, out, _ = command("access", str(STACK), "--gone")
    assert code == 1
    git("apply", "--check", "-", patch=out)


def test_ids_of_another_kind_prove_nothing(world: World, command: Command) -> None:
    world.leave("bob")
    edit('"id": "VXNl', '"id": "scim-', inventory_path(STACK))
    code, out, err = command("access", str(STACK), "--gone")
    assert (code, out) == (3, "")
    assert "are not told with the ids that scan recorded" in err


def test_a_key_that_is_refused_proves_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    wandb_setup.teardown()
    code, out, err = command("access", str(STACK), "--gone")
    assert (code, out) == (3, "")
    (line,) = err.splitlines()
    assert "does not accept the key" in line


def test_another_organization_or_option_is_refused(command: Command) -> None:
    assert command("access", str(STACK), "--gone", "--json")[0] == 2
    edit('"id": "T3JnYW5pemF0aW9u', '"id": "other', inventory_path(STACK))
    code, out, err = command("access", str(STACK), "--gone")
    assert (code, out) == (3, "")
    assert "the inventory is of another organization" in err
