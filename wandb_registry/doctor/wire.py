"""The way to the server: encryption, proxy, clock and rate limits, told by one request of its own."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.errors import listed
from wandb_registry.server.credentials import Connection
from wandb_registry.server.port import http_client

_PROBE = {"query": "query DoctorProbe { viewer { id } }", "variables": {}}
_MOST_SKEW_SECONDS = 60.0
_LIMITS = ("ratelimit", "x-ratelimit", "retry-after")


@dataclass(frozen=True, slots=True)
class Probe:
    """What one answer showed besides its body."""

    headers: Mapping[str, str]
    tls: str | None  # such as TLSv1.3, None without encryption
    skew_seconds: float | None  # the server's clock less ours, from the middle of the request


def probe(connection: Connection) -> Probe | None:
    """Ask once and look at the answer's envelope; None where there was no answer."""
    before = datetime.now(UTC)
    try:
        with (
            http_client(connection) as client,
            client.stream("POST", "/graphql", json=_PROBE) as response,
        ):
            after = datetime.now(UTC)
            headers = {name.lower(): value for name, value in response.headers.items()}
            tls = _tls(response.extensions.get("network_stream"))
    except httpx.HTTPError:
        return None
    return Probe(headers, tls, _skew(headers.get("date"), before + (after - before) / 2))


def ask_wire(connection: Connection, seen: Probe | None) -> Iterator[Finding]:
    """Findings about the way; no key and no part of a proxy's credentials is in them."""
    yield _transport(connection, seen)
    proxies = _proxies(connection)
    yield QUESTIONS["proxy"].answer(
        listed(proxies) if proxies else "no", "the client's settings, and the environment"
    )
    yield _clock(seen)
    if seen is None:
        yield QUESTIONS["rate_limit"].unknown("no answer to look at", "Run again")
        return
    limits = [f"{name}: {value}" for name, value in seen.headers.items() if name.startswith(_LIMITS)]
    # What remains changes with every request, and would make two reports of one server differ.
    stable = [limit for limit in limits if "limit-limit" in limit or "policy" in limit]
    found = listed(stable) if stable else ("yes" if limits else "no")
    yield QUESTIONS["rate_limit"].answer(found, "RateLimit-* of an answer")


def _transport(connection: Connection, seen: Probe | None) -> Finding:
    question = QUESTIONS["transport"]
    address = urlsplit(connection.base_url)
    if address.scheme != "https":
        if _is_loopback(address.hostname or ""):
            return question.answer("no encryption, on this machine only", address.scheme, same=True)
        return question.answer("no encryption", address.scheme)
    if connection.verify is False:
        return question.answer(
            "the certificate is not checked", "insecure_disable_ssl of the client's settings"
        )
    store = "an own store" if isinstance(connection.verify, ssl.SSLContext) else "the default store"
    tls = seen.tls if seen is not None and seen.tls else "TLS"
    return question.answer(f"{tls}, certificate checked against {store}", "the connection", same=True)


def _clock(seen: Probe | None) -> Finding:
    question = QUESTIONS["clock"]
    if seen is None or seen.skew_seconds is None:
        return question.unknown("the server's answers carry no Date", "Compare by hand")
    if abs(seen.skew_seconds) <= _MOST_SKEW_SECONDS:
        return question.answer("yes", "Date of an answer")
    ahead = "ahead" if seen.skew_seconds > 0 else "behind"
    minutes = round(abs(seen.skew_seconds) / 60)
    return question.answer(f"the server is {minutes} minutes {ahead}", "Date of an answer")


def _proxies(connection: Connection) -> list[str]:
    """Host and port of each proxy in use, by scheme."""
    scheme = urlsplit(connection.base_url).scheme
    host = urlsplit(connection.base_url).hostname or ""
    configured = {name.rstrip(":/"): proxy for name, proxy in connection.proxies.items()}
    if not urllib.request.proxy_bypass(host):
        configured = {**urllib.request.getproxies(), **configured}
    return [
        f"{name} through {_without_credentials(proxy)}"
        for name, proxy in sorted(configured.items())
        if name in (scheme, "all")
    ]


def _without_credentials(proxy: str) -> str:
    parts = urlsplit(proxy if "://" in proxy else f"//{proxy}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.hostname or 'a proxy'}{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _skew(date: str | None, ours: datetime) -> float | None:
    if date is None:
        return None
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (theirs - ours).total_seconds() if theirs.tzinfo else None


def _tls(stream: Any) -> str | None:
    session = stream.get_extra_info("ssl_object") if stream is not None else None
    return session.version() if isinstance(session, ssl.SSLObject | ssl.SSLSocket) else None
