"""The real, unmodified `wandb` client with wandb-core against the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import wandb

from tests.client_home import client_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sandbox.support import World
    from wandb_sandbox.server import Sandbox


@pytest.fixture(scope="session", autouse=True)
def home(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Everything that the client reads and writes is in a folder of its own."""
    with client_home(tmp_path_factory.mktemp("client"), sandbox.url) as home:
        yield home


@pytest.fixture
def api_of(sandbox: Sandbox) -> Callable[[str], wandb.Api]:
    """The public API with somebody's key."""
    return lambda key: wandb.Api(api_key=key, overrides={"base_url": sandbox.url})


@pytest.fixture
def api(world: World, api_of: Callable[[str], wandb.Api], monkeypatch: pytest.MonkeyPatch) -> wandb.Api:
    """The public API with the admin's key, which is also that of runs."""
    monkeypatch.setenv("WANDB_API_KEY", world.admin)
    wandb.teardown()
    return api_of(world.admin)


@pytest.fixture
def log(world: World, tmp_path: Path) -> Callable[..., str]:
    """Log versions of a sequence by a run and link them; the run's id."""

    def run(
        contents: list[str],
        name: str = "clf",
        link: str | None = None,
        aliases: dict[int, list[str]] | None = None,
    ) -> str:
        with wandb.init(entity=world.team, project="train", dir=tmp_path, config={"lr": 1}) as made:
            for i, content in enumerate(contents):
                artifact = wandb.Artifact(name, "model", description=f"about {i}", metadata={"i": i})
                with artifact.new_file("weights.txt") as file:
                    file.write(content)
                made.log_artifact(artifact)
                if link:
                    made.link_artifact(artifact, link, aliases=(aliases or {}).get(i))
            made.log({"loss": 1})
            return str(made.id)

    return run
