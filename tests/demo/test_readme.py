"""The README's promises: each claim has its test, each path and command exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples.demo.home import CHECKOUT
from examples.demo.story import STORY
from wandb_registry.cli.main import COMMANDS

PAGES = ("README.md", "CONTRIBUTING.md", "docs/index.md", "docs/demo.md")


def text(page: str) -> str:
    return (CHECKOUT / page).read_text(encoding="utf-8")


def test_each_claim_names_a_test_that_exists() -> None:
    claims = re.findall(r"^\| .+ \| `(tests/\S+\.py)::(test_\w+)` \|$", text("README.md"), re.MULTILINE)
    assert len(claims) == text("README.md").count("`tests/") > 0
    missing = [f"{file}::{name}" for file, name in claims if f"def {name}(" not in text(file)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text(page)) if not link.startswith("https://")]
    assert [link for link in links if not ((CHECKOUT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|KEEP=1 )make ([a-z]+)", text(page), re.MULTILINE)) <= targets
    assert set(re.findall(r"wandb-registry ([a-z]+)\b", text(page))) <= set(COMMANDS)


def test_the_pages_steps_are_those_of_the_demo() -> None:
    numbers = [int(number) for number in re.findall(r"(?:^|, )(\d+)\. ", text("docs/demo.md"), re.MULTILINE)]
    assert numbers == list(range(1, len(STORY) + 3))


def test_the_places_of_the_readme_are_there() -> None:
    places = re.findall(
        r"`([\w/]+/|[\w.]+\.(?:py|yaml))`", text("README.md").partition("## Where things are")[2]
    )
    assert [place for place in places if not Path(CHECKOUT, place).exists()] == []
    assert "providers/" in places
