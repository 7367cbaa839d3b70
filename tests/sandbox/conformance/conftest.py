"""One organization with content for the whole session, and the client's API, logged in once a key.

What a test changes it makes for itself, under a name of its own; what is shared is only read.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import wandb

from tests.client_home import client_home
from tests.sandbox.support import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from wandb_sandbox.server import Sandbox

VERSIONS = 4
_names = itertools.count(1)
_apis: dict[str, tuple[Any, wandb.Api]] = {}


@pytest.fixture(scope="session")
def home(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Everything that the client reads and writes is in a folder of its own."""
    with client_home(tmp_path_factory.mktemp("conformance"), sandbox.url) as folder:
        yield folder
        _apis.clear()


@dataclass(frozen=True)
class Studio:
    """The shared organization."""

    world: World
    home: Path
    url: str

    def settings(self, key: str | None = None) -> wandb.Settings:
        """Of a run by the admin or another key."""
        return wandb.Settings(api_key=key or self.world.admin, base_url=self.url, silent=True)

    def run(self, **more: Any) -> Any:
        """A run in the team's project `train`."""
        given = {"entity": self.world.team, "project": "train", "dir": self.home, **more}
        return wandb.init(settings=self.settings(), **given)

    def api(self, key: str | None = None) -> wandb.Api:
        """The public API; logged in again only after somebody has torn the client down."""
        wanted, now = key or self.world.admin, wandb.setup()
        held = _apis.get(wanted)
        if held is None or held[0] is not now:
            made = wandb.Api(api_key=wanted, overrides={"base_url": self.url, "entity": self.world.team})
            held = _apis[wanted] = (now, made)
        held[1].flush()  # what the client remembers of runs and projects may be of another test
        return held[1]

    def path(self, name: str, project: str = "train") -> str:
        """A full path in the team."""
        return f"{self.world.team}/{project}/{name}"

    def registry(self, **more: Any) -> Any:
        """A new registry of the client's making, for type model unless told otherwise."""
        given = {"visibility": "organization", "artifact_types": ["model"], **more}
        return self.api().create_registry(
            f"reg-{next(_names)}", organization=self.world.organization, **given
        )

    def version(self, **more: Any) -> str:
        """A version of a new sequence, without files: name:v0."""
        name = f"seq-{next(_names)}"
        self.world.version(f"digest of {name}", name, **more)
        return f"{name}:v0"


@pytest.fixture(scope="session")
def studio(sandbox: Sandbox, http: httpx.Client, home: Path) -> Studio:
    """With train/clf:v0 to v3 and train/data:v0, logged by one run, which also linked clf twice."""
    made = Studio(World(sandbox, http), home, sandbox.url)
    with made.run(config={"lr": 0.1}, name="first", tags=["base"], notes="about") as run:
        for i in range(VERSIONS):
            artifact = wandb.Artifact(
                "clf", "model", description=f"about {i}", metadata={"i": i, "n": {"x": i}}
            )
            with artifact.new_file("weights.txt") as file:
                file.write(f"weights {i}")
            with artifact.new_file("sub/notes.md") as file:
                file.write(f"notes {i % 2}")
            run.log_artifact(artifact, aliases=[f"try-{i}"], tags=[f"t{i % 2}"])
            if i < 2:
                run.link_model(str(_file(home, f"m{i}")), "churn", aliases=[f"linked-{i}"])
        data = wandb.Artifact("data", "dataset")
        data.add_reference("http://127.0.0.1:1/far.csv", name="far.csv", checksum=False)
        run.log_artifact(data)
        for step in range(3):
            run.log({"loss": 1 / (step + 1), "acc": step})
    return made


def _file(home: Path, name: str) -> Path:
    path = home / name
    path.write_text(f"content of {name}")
    return path


@pytest.fixture
def api(studio: Studio) -> wandb.Api:
    """The admin's API."""
    return studio.api()


@pytest.fixture
def fresh() -> Callable[[str], str]:
    """A name that nobody has."""
    return lambda stem: f"{stem}-{next(_names)}"
