"""What a user sees of an error, and what the state keeps of a half-done resource."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from google.rpc import status_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from providers.shown_errors import PartlyDone, describe, show_errors_as_lines
from wandb_registry.errors import UserError


class Context:
    """Of a gRPC call, as far as the host uses it."""

    def __init__(self) -> None:
        self.details = ""
        self.metadata: Any = ()

    def abort(self, _code: object, details: str) -> None:
        self.details = details

    def set_trailing_metadata(self, metadata: object) -> None:
        self.metadata = metadata


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK's host of dynamic providers, as far as it handles errors (pulumi/dynamic/__main__.py)."""

    def abort_with_traceback(call: Any) -> Any:
        def wrapper(self: object, request: object, context: Context) -> Any:
            try:
                return call(self, request, context)
            except Exception:  # noqa: BLE001 # as the host does
                context.abort(2, made.traceback.format_exc())

        return wrapper

    made = SimpleNamespace(_abort_with_traceback=abort_with_traceback, traceback=object())
    monkeypatch.setitem(sys.modules, "__main__", made)  # type: ignore[arg-type]  # any object can stand there
    show_errors_as_lines()
    return made


def fail(host: Any, error: Exception, request: object = None) -> Context:
    def call(*_arguments: object) -> None:
        raise error

    context = Context()
    host._abort_with_traceback(call)(None, request, context)
    return context


def test_our_own_error_is_its_message(host: Any) -> None:
    assert fail(host, UserError("no registry", advice="Scan again")).details == "no registry. Scan again"


def test_a_foreign_error_is_one_line_without_its_message(host: Any) -> None:
    details = fail(host, ValueError("local-secret-of-somebody")).details
    assert details.startswith("internal error ValueError (test_shown_errors.py, line ")
    assert "\n" not in details
    assert "secret" not in details


def test_frames_are_for_those_who_ask(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_REGISTRY_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in fail(host, ValueError("x")).details


def test_an_error_without_frames_is_described_too() -> None:
    assert describe(ValueError("x")).startswith("internal error ValueError (nowhere)")


@pytest.mark.parametrize("field", ["properties", "news"])
def test_a_half_done_resource_takes_id_inputs_and_outs_along(host: Any, field: str) -> None:
    provider = {"__provider": "pickled"}
    if field == "properties":
        request: Any = provider_pb2.CreateRequest(properties=struct(provider))
    else:
        request = provider_pb2.UpdateRequest(news=struct(provider))
    error = PartlyDone(
        "one failed", "id1", {"links": {"a": "b"}}, {"links": {"a": "b"}, "applied": {"a": "A"}}
    )
    [(key, value)] = fail(host, error, request).metadata
    assert key == "grpc-status-details-bin"
    status = status_pb2.Status.FromString(value)
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "id1"
    assert list(detail.reasons) == [status.message] == ["one failed"]
    assert rpc.deserialize_properties(detail.inputs) == {"links": {"a": "b"}, **provider}
    assert rpc.deserialize_properties(detail.properties)["applied"] == {"a": "A"}


def struct(properties: dict[str, Any]) -> Any:
    from google.protobuf import struct_pb2

    made = struct_pb2.Struct()
    made.update(properties)
    return made
