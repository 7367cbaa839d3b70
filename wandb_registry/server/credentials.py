"""Keys, address, proxies and CAs: resolved as the `wandb` package does, and nowhere else.

That is: WANDB_API_KEY or WANDB_IDENTITY_TOKEN_FILE, then netrc, then the settings file; WANDB_BASE_URL;
`http_proxy` and `https_proxy` of the settings or of the environment; SSL_CERT_FILE, REQUESTS_CA_BUNDLE.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from wandb_registry.server.errors import Unauthorized, Unavailable

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_RENEW_BEFORE_SECONDS = 300

# The client shows its settings to other threads while it still loads them: the default address, not ours.
_loading = threading.Lock()


@dataclass(frozen=True)
class Connection:
    """Everything needed to talk to one server; no part of it is ever printed."""

    base_url: str
    auth: httpx.Auth = field(repr=False)
    verify: ssl.SSLContext | bool = field(default=True, repr=False)
    proxies: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)  # to be struck out of every error text


def resolve_connection() -> Connection:
    """The connection that `wandb` itself would use; Unauthorized where no key is configured."""
    os.environ.setdefault("WANDB_SILENT", "true")
    from wandb.errors import AuthenticationError, UsageError
    from wandb.sdk import wandb_setup
    from wandb.sdk.lib import wbauth

    with _loading:
        settings = wandb_setup.singleton().settings
        base_url = str(settings.base_url).rstrip("/")
        try:
            auth = wbauth.authenticate_session(
                host=base_url, source="wandb-registry", prompt=False, update_session=False
            )
        except (AuthenticationError, UsageError, ValueError) as error:
            raise Unauthorized(f"the key for {base_url} cannot be used: {error}") from None
    if auth is not None and not auth.host.is_same_url(base_url):
        auth = None  # of an earlier login of this process, elsewhere: a key goes to its own server only
    verify = False if settings.insecure_disable_ssl else _trust()
    proxies = {
        scheme: proxy
        for scheme, proxy in (("http://", settings.http_proxy), ("https://", settings.https_proxy))
        if proxy
    }
    if isinstance(auth, wbauth.AuthApiKey):
        basic = httpx.BasicAuth("api", auth.api_key)
        return Connection(base_url, basic, verify, proxies, (auth.api_key,))
    if isinstance(auth, wbauth.AuthIdentityTokenFile):
        return Connection(base_url, IdentityTokenAuth(base_url, auth.path), verify, proxies)
    raise Unauthorized(
        f"no API key for {base_url}",
        advice="Set WANDB_API_KEY or WANDB_IDENTITY_TOKEN_FILE, or run `wandb login`",
    )


def api_key_connection(base_url: str, api_key: str) -> Connection:
    """A connection with a key given by the caller, for tests and probes with keys of other people."""
    return Connection(base_url.rstrip("/"), httpx.BasicAuth("api", api_key), secrets=(api_key,))


def with_key(connection: Connection, api_key: str) -> Connection:
    """The same way to the same server, with the key of somebody else."""
    return replace(connection, auth=httpx.BasicAuth("api", api_key), secrets=(api_key,))


def _trust() -> ssl.SSLContext | bool:
    # httpx reads SSL_CERT_FILE itself; requests, and so wandb, also reads this one.
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if not bundle or os.environ.get("SSL_CERT_FILE"):
        return True
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise Unavailable(f"REQUESTS_CA_BUNDLE names {bundle}, which cannot be read: {error}") from None


class IdentityTokenAuth(httpx.Auth):
    """Exchanges the JWT of a file for an access token, as wandb-core does, and keeps it in memory only."""

    requires_response_body = True

    def __init__(self, base_url: str, token_file: Path) -> None:
        self._url = f"{base_url}/oidc/token"
        self._file = token_file
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add a bearer token, exchanged anew when it is about to expire."""
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._keep((yield self._exchange()))
            token = self._token
        request.headers["Authorization"] = f"Bearer {token}"
        yield request

    def _exchange(self) -> httpx.Request:
        try:
            assertion = self._file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unauthorized(
                f"the identity token file {self._file} cannot be read: {type(error).__name__}"
            ) from None
        return httpx.Request("POST", self._url, data={"grant_type": _GRANT, "assertion": assertion})

    def _keep(self, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            raise Unauthorized(f"{self._url} refused the identity token with status {response.status_code}")
        try:
            answer = response.json()
            self._token = str(answer["access_token"])
            lifetime = float(answer["expires_in"])
        except (ValueError, KeyError, TypeError):
            raise Unauthorized(f"{self._url} answered with no access token") from None
        self._renew_at = time.monotonic() + max(lifetime - _RENEW_BEFORE_SECONDS, 0)
