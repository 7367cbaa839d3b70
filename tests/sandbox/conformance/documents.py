"""The client's own GraphQL documents: those of its Python side, and those inside the wandb-core program."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import wandb

_PACKAGES = ("wandb.apis", "wandb.sdk.artifacts", "wandb.sdk.internal")
_HEAD = re.compile(r"(?:query|mutation) (\w+)")
_CORE_HEAD = re.compile(rb"\n(?:query|mutation) (\w+) [({]")
_FRAGMENT = re.compile(rb"\s*fragment \w+ on ")
_MAX_DOCUMENT = 30_000
_FOREIGN = re.compile(r"Sweep|Agent|RunQueue|CustomChart|DefaultResourceConfig")
"""Sweeps, launch and reports: not what this server stands for."""


def name_of(document: str) -> str:
    """The name of the document's operation."""
    found = _HEAD.search(document)
    assert found is not None, document
    return found[1]


@cache
def python_documents() -> dict[str, str]:
    """By operation name, those of registries, artifacts, members, teams, organizations and the server."""
    listed = [
        text
        for package in _PACKAGES
        for name, text in vars(importlib.import_module(f"{package}._generated.operations")).items()
        if name.endswith("_GQL")
    ]
    return {name_of(text): text for text in listed if not _FOREIGN.search(name_of(text))}


@cache
def models() -> dict[str, Any]:
    """The client's pydantic model of each answer, by operation name."""
    found: dict[str, Any] = {}
    for package in _PACKAGES:
        module = importlib.import_module(f"{package}._generated")
        for name in python_documents():
            if hasattr(module, name):
                found[name] = getattr(module, name)
    return found


@cache
def core_documents() -> dict[str, str]:
    """By operation name, the documents of wandb-core, which are constants of the program."""
    data = (Path(wandb.__file__).parent / "bin" / "wandb-core").read_bytes()
    found = {one[1].decode(): _document(data, one.start()) for one in _CORE_HEAD.finditer(data)}
    return {name: text for name, text in found.items() if text and not _FOREIGN.search(name)}


def _document(data: bytes, start: int) -> str:
    """From `start` to the brace that closes the last part of it; empty where it is no document."""
    text, end = "", start
    while not text or _FRAGMENT.match(data, end):
        part = _part(data, end)
        if not part:
            return ""
        text, end = text + part, end + len(part)
    return text


def _part(data: bytes, start: int) -> str:
    braces = parentheses = 0
    for position in range(start, start + _MAX_DOCUMENT):
        one = data[position : position + 1]
        if one in b"()":
            parentheses += 1 if one == b"(" else -1
        elif one in b"{}" and not parentheses:
            braces += 1 if one == b"{" else -1
            if not braces:
                return data[start : position + 1].decode()
        elif not b"\x08" < one < b"\x7f":
            break
    return ""
