"""The port: retries, errors by status and code, and never a key in a text."""

from __future__ import annotations

import base64
import datetime
from email.utils import format_datetime

import httpx
import pytest

from tests.server.answers import ADDRESS, KEY, Answers
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.errors import (
    Conflict,
    Invalid,
    NotFound,
    PermissionDenied,
    ServerError,
    Unauthorized,
    Unavailable,
)
from wandb_registry.server.port import GraphQL, shared_port

FINE = httpx.Response(200, json={"data": {"viewer": {"id": "1"}}})


def failing(status: int, message: str = "no", code: str | None = None) -> httpx.Response:
    """An error in the shape of the server."""
    error: dict[str, object] = {"message": message}
    if code:
        error["extensions"] = {"code": code}
    return httpx.Response(status, json={"errors": [error]})


def test_the_key_goes_as_basic_authorization_and_the_name_of_no_operation_is_sent() -> None:
    answers = Answers(FINE)
    assert answers.port().execute("query A($x: Int) { a }", {"x": 1}) == {"viewer": {"id": "1"}}
    (request,) = answers.requests
    assert str(request.url) == f"{ADDRESS}/graphql"
    expected = base64.b64encode(f"api:{KEY}".encode()).decode()
    assert request.headers["Authorization"] == f"Basic {expected}"
    assert answers.bodies == [{"query": "query A($x: Int) { a }", "variables": {"x": 1}}]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    answers = Answers(failing(status), httpx.ConnectError("refused"), FINE)
    assert answers.port().execute("{ a }", {}) == {"viewer": {"id": "1"}}
    assert len(answers.requests) == 3
    assert len(answers.waits) == 2


def test_the_server_says_how_long_to_wait() -> None:
    limited = httpx.Response(429, headers={"Retry-After": "7"})
    now = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    then = now + datetime.timedelta(seconds=11)
    dated = httpx.Response(
        503,
        headers={
            "Retry-After": format_datetime(then, usegmt=True),
            "Date": format_datetime(now, usegmt=True),
        },
    )
    endless = httpx.Response(429, headers={"Retry-After": "86400"})
    nonsense = httpx.Response(429, headers={"Retry-After": "soon"})
    answers = Answers(limited, dated, endless, nonsense, FINE)
    answers.port().execute("{ a }", {})
    assert answers.waits[:3] == [7.0, 11.0, 60.0]
    assert 0 < answers.waits[3] < 60


def test_waits_grow_and_end() -> None:
    answers = Answers(failing(503))
    with pytest.raises(Unavailable, match=rf"{ADDRESS} does not answer: status 503. Check WANDB_BASE_URL"):
        answers.port().execute("{ a }", {})
    assert len(answers.requests) == 6
    assert answers.waits[-1] > answers.waits[0]


def test_no_address_is_told_at_once() -> None:
    answers = Answers(httpx.UnsupportedProtocol("no scheme"))
    with pytest.raises(Unavailable, match="is no address of a server"):
        answers.port().execute("{ a }", {})
    assert len(answers.requests) == 1


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (failing(400), Invalid),
        (failing(401), Unauthorized),
        (failing(403), PermissionDenied),
        (failing(404), NotFound),
        (failing(409), Conflict),
        (failing(422), Invalid),
        (failing(200, code="PERMISSION_ERROR"), PermissionDenied),
        (failing(200, code="UNAUTHENTICATED"), Unauthorized),
        (failing(200, code="NOT_FOUND"), NotFound),
        (failing(200, code="CONFLICT"), Conflict),
        (failing(200), Invalid),
        # The code is nearer to the matter than the status.
        (failing(400, code="PERMISSION_ERROR"), PermissionDenied),
        (httpx.Response(404, text="<html>no such page</html>"), NotFound),
        (httpx.Response(200, text="<html>a portal</html>"), Invalid),
        (httpx.Response(200, json=[1]), Invalid),
    ],
)
def test_errors_by_status_and_code(response: httpx.Response, kind: type[ServerError]) -> None:
    answers = Answers(response)
    with pytest.raises(ServerError) as caught:
        answers.port().execute("{ a }", {})
    assert type(caught.value) is kind
    assert ADDRESS in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(answers.requests) == 1


@pytest.mark.parametrize("status", [200, 401, 403])
def test_no_error_shows_the_key(status: int) -> None:
    answers = Answers(failing(status, f"key {KEY} is\nnot\tfine"))
    with pytest.raises(ServerError) as caught:
        answers.port().execute("{ a }", {})
    assert "key *** is not fine" in str(caught.value)
    assert KEY not in repr(caught.value)


def test_no_error_shows_the_key_when_nobody_answers() -> None:
    answers = Answers(httpx.ConnectError(f"cannot reach http://api:{KEY}@wandb.test"))
    with pytest.raises(Unavailable) as caught:
        answers.port().execute("{ a }", {})
    assert KEY not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_connection_shows_nothing_of_itself() -> None:
    assert KEY not in repr(api_key_connection(ADDRESS, KEY))


def test_fields_fail_alone() -> None:
    body = {
        "data": {"m0": {"success": True}, "m1": None},
        "errors": [{"message": "no", "path": ["m1"], "extensions": {"code": "PERMISSION_ERROR"}}],
    }
    answers = Answers(httpx.Response(200, json=body))
    answer = answers.port().execute_fields("mutation A { m0 m1 }", {})
    assert answer.data["m0"] == {"success": True}
    assert [type(error) for error in answer.errors.values()] == [PermissionDenied]
    assert list(answer.errors) == ["m1"]
    with pytest.raises(PermissionDenied):
        answers.port().execute("mutation A { m0 m1 }", {})


def test_before_each_request_somebody_may_stop_it() -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    answers = Answers(FINE)
    with pytest.raises(Stopped):
        answers.port(stop).execute("{ a }", {})
    assert answers.requests == []


def test_one_port_a_server_and_key() -> None:
    first = shared_port(api_key_connection("http://one.test/", KEY))
    assert shared_port(api_key_connection("http://one.test", KEY)) is first
    assert shared_port(api_key_connection("http://one.test", "j" * 40)) is not first
    assert shared_port(api_key_connection("http://two.test", KEY)) is not first
    assert isinstance(first, GraphQL)
