"""Credentials: resolved as the client does, and identity tokens exchanged in memory only."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from wandb.sdk import wandb_setup
from wandb.sdk.lib import wbauth
from wandb.sdk.wandb_settings import Settings

from tests.server.answers import ADDRESS, KEY
from wandb_registry.server.credentials import IdentityTokenAuth, resolve_connection
from wandb_registry.server.errors import Unauthorized, Unavailable

VARIABLES = (
    "WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_IDENTITY_TOKEN_FILE", "WANDB_INSECURE_DISABLE_SSL",
    "WANDB_X_HTTP_PROXY", "WANDB_X_HTTPS_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NETRC",
)  # fmt: skip

SetVariable = Callable[[str, str], None]


@pytest.fixture
def set_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SetVariable]:
    """An environment of its own, read anew by the client."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    wandb_setup.teardown()
    yield monkeypatch.setenv
    wandb_setup.teardown()


def test_key_and_address_of_the_environment(set_variable: SetVariable) -> None:
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9/")
    set_variable("WANDB_API_KEY", KEY)
    connection = resolve_connection()
    assert connection.base_url == "http://127.0.0.1:9"
    assert connection.secrets == (KEY,)
    assert connection.proxies == {}
    request = next(connection.auth.auth_flow(httpx.Request("GET", ADDRESS)))
    assert request.headers["Authorization"].startswith("Basic ")


def test_threads_that_ask_at_once_never_see_the_default_address(
    set_variable: SetVariable, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    set_variable("WANDB_API_KEY", KEY)
    loading, others_asked = threading.Event(), threading.Event()
    load = Settings.update_from_env_vars

    def slow(settings: Settings, environ: dict[str, str]) -> None:
        loading.set()
        others_asked.wait(0.2)  # in vain where the others wait for this one
        load(settings, environ)

    monkeypatch.setattr(Settings, "update_from_env_vars", slow)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(resolve_connection)
        assert loading.wait(10)
        second = pool.submit(resolve_connection)
        second.add_done_callback(lambda _: others_asked.set())
        assert {one.result(10).base_url for one in (first, second)} == {"http://127.0.0.1:9"}


def test_the_key_of_netrc(set_variable: SetVariable, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1:9\n  login user\n  password {KEY}\n")
    netrc.chmod(0o600)
    set_variable("NETRC", str(netrc))
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    assert resolve_connection().secrets == (KEY,)


def test_no_key_is_told_with_the_way_out(set_variable: SetVariable) -> None:
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(Unauthorized, match=r"no API key for http://127.0.0.1:9\. Set WANDB_API_KEY"):
        resolve_connection()


def test_a_key_of_an_earlier_login_elsewhere_is_not_sent(
    set_variable: SetVariable, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = wbauth.AuthApiKey(host="http://127.0.0.1:10", api_key=KEY)
    monkeypatch.setattr("wandb.sdk.lib.wbauth.authenticate._session_auth", elsewhere)
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(Unauthorized, match=r"no API key for http://127\.0\.0\.1:9"):
        resolve_connection()


def test_a_key_that_is_none_is_told_without_showing_it(set_variable: SetVariable) -> None:
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    set_variable("WANDB_API_KEY", "short secret")
    with pytest.raises(Unauthorized) as caught:
        resolve_connection()
    assert "short secret" not in str(caught.value)


def test_proxies_of_the_settings(set_variable: SetVariable) -> None:
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    set_variable("WANDB_API_KEY", KEY)
    set_variable("WANDB_HTTP_PROXY", "http://127.0.0.1:3128")
    set_variable("WANDB_HTTPS_PROXY", "http://127.0.0.1:3129")
    assert resolve_connection().proxies == {
        "http://": "http://127.0.0.1:3128",
        "https://": "http://127.0.0.1:3129",
    }


def test_a_bundle_of_authorities_that_is_missing(set_variable: SetVariable, tmp_path: Path) -> None:
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    set_variable("WANDB_API_KEY", KEY)
    set_variable("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(Unavailable, match=r"REQUESTS_CA_BUNDLE names .*none\.pem, which cannot be read"):
        resolve_connection()


def test_an_identity_token_file(set_variable: SetVariable, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("the.jwt")
    set_variable("WANDB_BASE_URL", "http://127.0.0.1:9")
    set_variable("WANDB_IDENTITY_TOKEN_FILE", str(token))
    connection = resolve_connection()
    assert isinstance(connection.auth, IdentityTokenAuth)
    assert connection.secrets == ()


class Exchange:
    """A server that exchanges tokens."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer
        self.asked: list[httpx.Request] = []

    def client(self, token_file: Path) -> httpx.Client:
        """A client that authenticates with the file's token."""
        auth = IdentityTokenAuth(ADDRESS, token_file)
        return httpx.Client(base_url=ADDRESS, auth=auth, transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/oidc/token":
            return self._answer
        return httpx.Response(200, json={"seen": request.headers["Authorization"]})


def granted(seconds: float) -> httpx.Response:
    """A token that lives so long."""
    return httpx.Response(200, json={"access_token": "access", "expires_in": seconds})


def test_a_token_is_exchanged_once_while_it_lives(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("the.jwt\n")
    exchange = Exchange(granted(3600))
    with exchange.client(token) as client:
        for _ in range(2):
            assert client.get("/graphql").json() == {"seen": "Bearer access"}
    paths = [request.url.path for request in exchange.asked]
    assert paths == ["/oidc/token", "/graphql", "/graphql"]
    assert b"assertion=the.jwt" in exchange.asked[0].content
    assert b"jwt-bearer" in exchange.asked[0].content


def test_a_token_about_to_expire_is_exchanged_anew(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("the.jwt")
    exchange = Exchange(granted(60))
    with exchange.client(token) as client:
        client.get("/graphql")
        client.get("/graphql")
    assert [r.url.path for r in exchange.asked].count("/oidc/token") == 2


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (httpx.Response(403, text="secret text"), "refused the identity token with status 403"),
        (httpx.Response(200, text="no json"), "answered with no access token"),
        (httpx.Response(200, content=json.dumps({"expires_in": 1})), "answered with no access token"),
    ],
)
def test_an_exchange_that_fails(tmp_path: Path, answer: httpx.Response, complaint: str) -> None:
    token = tmp_path / "token"
    token.write_text("the.jwt")
    with Exchange(answer).client(token) as client, pytest.raises(Unauthorized) as caught:
        client.get("/graphql")
    assert complaint in str(caught.value)
    assert "the.jwt" not in str(caught.value)
    assert "secret text" not in str(caught.value)


def test_a_token_file_that_cannot_be_read(tmp_path: Path) -> None:
    with Exchange(granted(1)).client(tmp_path / "none") as client, pytest.raises(Unauthorized) as caught:
        client.get("/graphql")
    assert "cannot be read: FileNotFoundError" in str(caught.value)
