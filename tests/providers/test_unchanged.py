"""What must make no difference: another release, another checkout, another run; and what a bug looks like."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.project import ROOT, Project
from tests.providers.stories import collection, links, registry

pytestmark = pytest.mark.engine


def with_providers(project: Project, folder: Path, file: str, old: str, new: str) -> Project:
    """The project with a changed copy of the providers, as another release or checkout would have."""
    copy = folder / "providers"
    shutil.copytree(ROOT / "providers", copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1))
    environment = {**project.workspace.environment, "PYTHONPATH": str(folder)}
    return replace(project, workspace=replace(project.workspace, environment=environment))


def test_changed_code_is_no_change_and_a_bug_is_one_line(project: Project, tmp_path: Path) -> None:
    world, ids = project.world, project.world.artifacts("churn", 2)
    content = links(world, ids, [0, 1], v1=["production"])
    members = {"users": {world.user("root"): "admin"}}
    project.write({"alpha": registry(members=members, collections={"churn": collection(content)})})
    project.up()
    pickled = {
        name: resource["inputs"]["__provider"]
        for name, resource in project.resources().items()
        if "__provider" in resource.get("inputs", {})
    }
    assert set(pickled) == {"guard", "alpha", "alpha/members", "alpha/churn", "alpha/churn/links"}
    assert all(isinstance(text, str) and len(text) < 300 for text in pickled.values())

    marker = tmp_path / "the copy was used"
    other = with_providers(
        project,
        tmp_path / "release",
        "links.py",
        "class LinksProvider(",
        f"open({str(marker)!r}, 'w').close()\n\n\ndef new_in_this_release() -> None:\n    ...\n\n\n"
        "class LinksProvider(",
    )
    other.unchanged()
    assert marker.exists()

    # In a provider, and in the program.
    broken = with_providers(
        project,
        tmp_path / "broken",
        "collection.py",
        "registry = registry_of(current, props)",
        "registry = 1 / 0",
    )
    assert "internal error ZeroDivisionError (collection.py, line " in broken.fails("preview").output
    broken = with_providers(
        project, tmp_path / "program", "tree.py", "self._overrides = [", "self._overrides = 1 / 0, ["
    )
    assert "internal error ZeroDivisionError (tree.py, line " in broken.fails("preview").output


def test_sixty_collections_take_few_requests(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 20)
    content = links(world, ids, list(range(20)), v7=["production"])
    collections = {f"model{n}": collection(content, description="One of many") for n in range(60)}
    project.write({"alpha": registry(collections=collections)})
    project.forget_requests()
    project.up()
    assert project.requests()["mutation"] <= 1200 / 20 + 4 * 60 + 6 * 1

    # A whole `up` with nothing to do: it reads everything once, and writes nothing.
    project.forget_requests()
    unchanged = project.up()
    assert "124 unchanged" in unchanged.output
    assert project.requests()["mutation"] == 0
    assert project.requests()["query"] <= 3 * 60 + 10
