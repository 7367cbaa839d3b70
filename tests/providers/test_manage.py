"""`manage: once` leaves to others what they changed, `manage: always` brings the file back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import Project
from tests.providers.stories import collection, links, registry
from wandb_registry.server.links import change_aliases, link_all, unlink_all

pytestmark = pytest.mark.engine


def test_once_then_always_then_once(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 5)
    home = world.home("alpha")

    def write(manage: str, *numbers: int) -> None:
        content = links(world, ids, list(numbers), v1=["production"])
        project.write({"alpha": registry(manage=manage, collections={"churn": collection(content)})})

    def aliases() -> dict[int, tuple[str, ...]]:
        live = world.links("churn", "alpha")
        return {n: live[i].aliases for n, i in enumerate(ids) if i in live}

    write("once", 0, 1, 2)
    project.up()
    live = project.resources()["alpha/churn/links"]["outputs"]
    change_aliases(world.port, home, "churn", add=[(ids[2], ["production"])], remove=[])
    unlink_all(world.port, str(live["collection_id"]), [ids[0]])
    link_all(world.port, home, "churn", [ids[4]])

    # By other hands: no change, and one line each.
    shown = project.workspace.preview("--expect-no-changes")
    warned = [line for line in project.diagnostics(shown) if "changed since" in line]
    source = world.team("fraud") + "/train/churn"
    for words in (
        f"{source}:v0 is no longer linked",
        f"{source}:v1 now has aliases []",
        f"{source}:v2 now has aliases [production]",
        f"v3 ({ids[4]}) is linked, and the file does not name it",
    ):
        assert len([line for line in warned if words in line]) == 1, shown.output
    assert len(warned) == 4

    # A new link in the file is all that is applied.
    write("once", 0, 1, 2, 3)
    project.forget_requests()
    project.up()
    assert aliases() == {1: (), 2: ("production",), 3: (), 4: ()}
    assert project.requests()["mutation"] == 1

    # The switch itself writes nothing that no preview showed; the next preview shows it, and up heals.
    write("always", 0, 1, 2, 3)
    project.forget_requests()
    project.up()
    assert project.requests()["mutation"] == 0
    shown = project.workspace.preview("--diff")
    assert f'"0001 {source}:v1 []" => "0001 {source}:v1 [production]"' in shown.output
    assert f'+ {ids[0]}: "0000 {source}:v0 []"' in shown.output
    project.up()
    assert aliases() == {0: (), 1: ("production",), 2: (), 3: (), 4: ()}
    project.unchanged()

    write("once", 0, 1, 2, 3)
    project.forget_requests()
    project.up()
    assert project.requests()["mutation"] == 0
    change_aliases(world.port, home, "churn", add=[(ids[2], ["production"])], remove=[])
    project.unchanged()


def test_a_link_taken_out_of_the_file(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 3)

    def write(deletion: str, *numbers: int) -> None:
        content: dict[str, Any] = collection(links(world, ids, list(numbers)))
        project.write({"alpha": registry(delete=deletion, collections={"churn": content})})

    write("retain", 0, 1, 2)
    project.up()
    write("retain", 0, 1)
    warned = project.up()
    assert "alpha/churn: 1 links taken out of the file stay in the registry (delete: retain)" in warned.output
    assert set(world.links("churn", "alpha")) == set(ids)
    write("destroy", 0)
    project.up()
    assert set(world.links("churn", "alpha")) == {ids[0], ids[2]}

    # Retain is the default: everything is left, and the output says so.
    write("retain", 0)
    project.up()
    ended = project.workspace.destroy()
    assert "retain" in ended.output
    assert set(world.links("churn", "alpha")) == {ids[0], ids[2]}
    assert project.resources() == {}
