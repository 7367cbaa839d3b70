"""The way to the server: what is said of encryption, proxies, clock and limits, and what never is."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tests.doctor.bench import Bench
from tests.migration.world import key_of
from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.wire import Probe, ask_wire, probe
from wandb_registry.server.credentials import Connection, api_key_connection

SECRET = "s3cret"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def connection(url: str = "https://wandb.example.com", **fields: object) -> Connection:
    return replace(api_key_connection(url, "k" * 40), **fields)  # type: ignore[arg-type]


def ask(about: Connection, seen: Probe | None = None) -> dict[str, Finding]:
    return {finding.id: finding for finding in ask_wire(about, seen)}


def test_a_server_on_this_machine(bench: Bench) -> None:
    about = api_key_connection(bench.world.sandbox.url, key_of("root"))
    findings = ask(about, probe(about))
    assert findings["transport"].found == "no encryption, on this machine only"
    assert {finding.verdict for finding in findings.values()} == {"as_assumed"}
    assert findings["clock"].found == "yes"


def test_no_answer_is_unknown() -> None:
    about = connection("http://127.0.0.1:1")
    assert probe(about) is None
    findings = ask(about, None)
    assert [findings[one].verdict for one in ("clock", "rate_limit")] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("about", "tls", "found", "verdict"),
    [
        (connection("http://wandb.example.com"), None, "no encryption", "different"),
        (connection(verify=False), "TLSv1.3", "the certificate is not checked", "different"),
        (connection(), "TLSv1.3", "TLSv1.3, certificate checked against the default store", "as_assumed"),
        (
            connection(verify=ssl.create_default_context()),
            "TLSv1.2",
            "TLSv1.2, certificate checked against an own store",
            "as_assumed",
        ),
        (connection("http://localhost:8080"), None, "no encryption, on this machine only", "as_assumed"),
    ],
)
def test_encryption(about: Connection, tls: str | None, found: str, verdict: str) -> None:
    finding = ask(about, Probe({}, tls, None))["transport"]
    assert (finding.found, finding.verdict) == (found, verdict)


def test_proxies_without_their_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://bob:{SECRET}@proxy.example.com:3128")
    assert ask(connection())["proxy"].found == "https through proxy.example.com:3128"
    configured = connection(proxies={"https://": f"bob:{SECRET}@other.example.com:bad"})
    found = ask(configured)["proxy"].found
    assert found == "https through other.example.com"
    monkeypatch.setenv("no_proxy", "wandb.example.com")
    assert ask(connection())["proxy"].found == "no"


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(0, "yes"), (10, "the server is 10 minutes ahead"), (-3, "the server is 3 minutes behind")],
)
def test_the_clock(monkeypatch: pytest.MonkeyPatch, minutes: int, found: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    headers = {"Date": date, "RateLimit-Limit": "600", "RateLimit-Remaining": "599"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={}, headers=headers))
    monkeypatch.setattr(
        "wandb_registry.doctor.wire.http_client",
        lambda _: httpx.Client(transport=transport, base_url="http://x"),
    )
    findings = ask(connection(), probe(connection()))
    assert findings["clock"].found == found
    # What remains is another number each time, and would make two reports differ.
    assert findings["rate_limit"].found == "ratelimit-limit: 600"


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_a_server_without_a_clock(date: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {} if date is None else {"Date": date}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={}, headers=headers))
    monkeypatch.setattr(
        "wandb_registry.doctor.wire.http_client",
        lambda _: httpx.Client(transport=transport, base_url="http://x"),
    )
    assert ask(connection(), probe(connection()))["clock"].verdict == "unknown"
