"""A folder with a project and a home of its own: nothing of the user's leaks in, nothing leaks out."""

from __future__ import annotations

import ipaddress
import os
import secrets
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from wandb_registry.engine.installation import Engine, file_backend
from wandb_registry.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[2]
STACK = "demo"

# All that is taken over from the user's environment: where programs are, and how text looks.
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TZ", "TMPDIR")

_MIGRATION = """\
# The mapping rules that reviewers choose; what is not named here keeps its default (docs/scan.md).
registry_name: "{team}-models"
# A version was deleted in the middle of a model: exact keeps the numbers of the others.
numbering: exact
# A Model Registry admin stays a member: an admin of the new registry could also invite others.
registry_admins: member
# What changes for people, each decided with a reason; anything else fails verify (docs/access.md).
accept:
  - difference: registry_admins
    subject: mona
    reason: protected aliases are moved by the team's admins from now on
  - difference: team_admins
    reason: who manages the members of a registry may also touch its protected aliases
  - difference: organization_service_accounts
    reason: no account of the organization works with these models; a registry lets in members only
"""


class NotLoopback(UserError):
    """The demo talks to this machine alone."""


def require_loopback(url: str) -> str:
    """The address, where it is of this machine; NotLoopback otherwise."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "http" or not loopback:
        raise NotLoopback(
            f"the demo talks to a server on this machine only, and {url} is none",
            advice="For a real organization follow the README",
        )
    return url.rstrip("/")


@dataclass(frozen=True)
class Home:
    """Where everything of one demo lies."""

    root: Path
    engine: Engine

    @property
    def project(self) -> Path:
        """The Pulumi project."""
        return self.root / "project"

    @property
    def stack_file(self) -> Path:
        """The desired state, as scan writes it."""
        return self.project / "stacks" / f"{STACK}.yaml"

    @property
    def inventory(self) -> Path:
        """The inventory beside it."""
        return self.stack_file.with_suffix(".inventory.json")

    @property
    def exported(self) -> Path:
        """The exported state."""
        return self.root / "state.json"

    @property
    def settings(self) -> Path:
        """A shell file with the demo's settings, written for `KEEP=1` only: it holds a key."""
        return self.root / "env.sh"

    @property
    def sandbox(self) -> Path:
        """The server's data: what people own, keys included."""
        return self.root / "sandbox"

    def environment(self, url: str, api_key: str) -> dict[str, str]:
        """The environment of every command of the demo; NotLoopback for any other server."""
        base = {name: os.environ[name] for name in _KEPT if name in os.environ}
        base["PATH"] = os.pathsep.join([str(Path(sys.prefix) / "bin"), base.get("PATH", os.defpath)])
        base |= _wandb_settings(self.root / "wandb")
        base |= {
            "HOME": str(self.root / "home"),
            "NETRC": str(self.root / "home" / "netrc"),
            "NO_COLOR": "1",
            "PYTHONUTF8": "1",
            "WANDB_BASE_URL": require_loopback(url),
            "WANDB_API_KEY": api_key,
        }
        return self.engine.environment(
            self.root / "pulumi",
            backend=file_backend(self.root / "state"),
            passphrase=self._passphrase(),
            base=base,
        )

    def _passphrase(self) -> str:
        return (self.root / "home" / "passphrase").read_text(encoding="utf-8")


def make_home(root: Path, engine: Engine) -> Home:
    """Lay out an empty folder: the project as in the checkout, without its stacks."""
    home = Home(root, engine)
    for folder in (home.project / "stacks", root / "home", root / "state", root / "wandb", root / "pulumi"):
        folder.mkdir(parents=True)
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(CHECKOUT / name, home.project / name)
    # Pulumi.yaml names `.venv` beside itself, where `make` puts it in the checkout.
    (home.project / ".venv").symlink_to(sys.prefix)
    (home.project / "migration.yaml").write_text(_MIGRATION, encoding="utf-8")
    secret = root / "home" / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_hex(16), encoding="utf-8")
    return home


def write_settings(home: Home, environment: Mapping[str, str]) -> None:
    """The demo's settings as a shell file that only the user can read."""
    wanted = {n: v for n, v in environment.items() if n.startswith(("WANDB_", "PULUMI_"))}
    foreign = sorted(n for n in os.environ if n.startswith(("WANDB_", "PULUMI_")) and n not in wanted)
    paths = f"{home.engine.directory}{os.pathsep}{Path(sys.prefix) / 'bin'}"
    lines = [
        *(f"unset {name}" for name in foreign),
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(wanted.items())),
        f'export PATH={shlex.quote(paths)}:"$PATH"',
        f"cd {shlex.quote(str(home.project))}",
    ]
    home.settings.touch(mode=0o600)
    home.settings.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _wandb_settings(folder: Path) -> dict[str, str]:
    places = ("DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR", "ARTIFACT_DIR")
    return {f"WANDB_{name}": str(folder) for name in places} | {
        "WANDB_SILENT": "true",
        "WANDB_CONSOLE": "off",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_DISABLE_GIT": "true",
        "WANDB_DISABLE_CODE": "true",
        "WANDB_X_DISABLE_STATS": "true",
    }
