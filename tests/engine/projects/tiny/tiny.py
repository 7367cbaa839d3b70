"""A resource whose provider keeps a file in the directory that $TINY_STORE names."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


def _file(name: str) -> Path:
    return Path(os.environ["TINY_STORE"], name)


class TinyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        _file("provider").write_text(f"{os.getpid()} {sys.executable} {sys.argv}")
        while _file("hold").exists():
            time.sleep(0.02)
        _file(props["name"]).write_text(props["value"])
        return CreateResult(props["name"], dict(props))

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=olds["value"] != news["value"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        _file(news["name"]).write_text(news["value"])
        return UpdateResult(dict(news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        if not _file(id_).exists():
            return ReadResult("", {})
        found = {"name": props["name"], "value": _file(id_).read_text()}
        return ReadResult(id_, found, dict(found))

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        _file(id_).unlink()


class Tiny(Resource):
    value: pulumi.Output[str]

    def __init__(self, name: str, value: str) -> None:
        super().__init__(TinyProvider(), name, {"name": name, "value": value})
