"""With batch size 2 and five links: killed after each write, the next `up` converges, nothing is doubled.

The reconcilers go through every position in process; here every run on the real engine is killed after
its first write, until one has nothing left to write.
"""

from __future__ import annotations

import pytest

from tests.must_show.killing import KillingLog, kill_engine, kill_provider
from tests.must_show.scene import REGISTRY, Scene
from wandb_registry.engine.session import Running

pytestmark = pytest.mark.engine

# Members, roles, a collection, its tags, three requests for five links and three for their aliases.
LEAST_WRITES = 10


def test_the_provider_killed_after_each_write(scene: Scene, writes: KillingLog) -> None:
    positions: list[str] = []
    while (killed := killed_up(scene, writes, engine=False)) is not None:
        positions.append(killed)
        scene.assert_on_the_way()
    assert_converged(scene, positions)
    assert_destroyed(scene)


def test_the_engine_killed_after_each_write(scene: Scene, writes: KillingLog) -> None:
    positions: list[str] = []
    while (killed := killed_up(scene, writes, engine=True)) is not None:
        positions.append(killed)
        scene.assert_on_the_way()
        if len(positions) == 1:
            blocked = scene.project.workspace.up(check=False)
            assert blocked.exit_code != 0
            assert "lock" in blocked.output
        scene.project.workspace.cancel()
    assert_converged(scene, positions)
    assert_destroyed(scene)


def killed_up(scene: Scene, writes: KillingLog, *, engine: bool) -> str | None:
    """The write after which an `up` was killed; None where it ended by itself, as there was none to make."""
    started: list[Running] = []
    # The server waits in here, so that no answer reaches a provider that is to end without one.
    writes.arm(1, lambda: (kill_engine if engine else kill_provider)(started[0]))
    # One resource at a time, else a write of another one can be under way, and its position is skipped.
    started.append(scene.project.workspace.start("up", "--yes", "--skip-preview", "--parallel", "1"))
    done = started[0].wait()
    writes.disarm()
    if not writes.done:
        assert done.exit_code == 0, done.output
        return None
    assert done.exit_code != 0, done.output
    assert "Traceback" not in done.output
    return writes.writes[0]


def assert_converged(scene: Scene, positions: list[str]) -> None:
    print(positions)
    assert len(positions) >= LEAST_WRITES
    assert positions.count("LinkAll") >= 3
    assert positions.count("AddAliases") >= 3
    assert scene.contents() == scene.desired
    assert scene.project.world.members(REGISTRY) == scene.desired_members
    scene.project.unchanged()


def assert_destroyed(scene: Scene) -> None:
    """What was made goes with `delete: destroy`; what was there before stays as it was."""
    scene.write("destroy")
    scene.project.up()
    scene.project.workspace.destroy()
    assert scene.contents() == scene.before[0]
    assert scene.project.world.members(REGISTRY) == scene.before[1]
