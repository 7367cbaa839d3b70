"""Time and memory of the access matrix: 2,000 people by 2,400 collections, in one stack of 60 teams.

`python -m bench.access_matrix`; ends non-zero above 30 s or 300 MB.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wandb_registry.state.dump import dump_stack
from wandb_registry.state.inventory import (
    Inventory,
    LegacyCollection,
    LegacyTeam,
    OrganizationRecord,
    Person,
    dump_inventory,
    inventory_path,
)
from wandb_registry.state.models import CollectionState, MembersState, RegistryState, StackState
from wandb_registry.state.people import AccessRecord, OrganizationPerson
from wandb_registry.state.roles import Role

TEAMS, PEOPLE, COLLECTIONS, SHARED = 60, 2000, 2400, 8
SECONDS, MEGABYTES = 30.0, 300.0
ROLES = ("admin", "member", "member", "view-only")


def main() -> int:
    """Write the files, run the command as people do, print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = _write(Path(folder))
        worst = 0
        for arguments in ([], ["--json"], ["--markdown"], ["--html", str(Path(folder) / "access.html")]):
            worst = max(worst, _run(path, arguments))
    return worst


def _run(path: Path, arguments: list[str]) -> int:
    started = time.monotonic()
    command = [sys.executable, "-m", "wandb_registry.cli.main", "access", str(path), *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    seconds = time.monotonic() - started
    # The highest of all children so far, in kilobytes on Linux.
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"access {' '.join(arguments[:1]) or '(table)'}: {seconds:.1f} s, at most {megabytes:.0f} MB so far"
    )
    return int(seconds > SECONDS or megabytes > MEGABYTES)


def _write(folder: Path) -> Path:
    """Each person in one team, one in eight in a second one; rights differ by role."""
    names = [f"person-{n:04}" for n in range(PEOPLE)]
    people: dict[int, list[Person]] = {team: [] for team in range(TEAMS)}
    for n, name in enumerate(names):
        for team in {n % TEAMS, (n * 7) % TEAMS if n % SHARED == 0 else n % TEAMS}:
            people[team].append(
                Person(username=name, id=f"u{n}", team_role=ROLES[(n // TEAMS + team) % len(ROLES)])
            )
    each = COLLECTIONS // TEAMS
    stack = StackState(
        version=1,
        organization="acme",
        registries={f"team-{t:02}-models": _registry(t, people[t], each) for t in range(TEAMS)},
    )
    record = AccessRecord(
        organization=tuple(OrganizationPerson(username=f"root-{n}", role="admin") for n in range(10))
    )
    inventory = Inventory(
        server="http://localhost:1",
        organization=OrganizationRecord(id="o1", name="Acme Inc", entity="acme"),
        legacy=tuple(_team(t, people[t], each) for t in range(TEAMS)),
        access=record,
    )
    path = folder / "all.yaml"
    path.write_text(dump_stack(stack), encoding="utf-8")
    inventory_path(path).write_text(dump_inventory(inventory), encoding="utf-8")
    return path


def _registry(team: int, people: list[Person], each: int) -> RegistryState:
    roles = {"admin": Role.ADMIN, "member": Role.MEMBER}
    users = {p.username: roles[p.team_role] for p in people if p.team_role in roles}
    return RegistryState(
        visibility="restricted",
        artifact_types=("model",),
        members=MembersState(users=users, teams={f"team-{team:02}": Role.VIEWER}),
        collections={f"model-{n:03}": CollectionState(type="model") for n in range(each)},
    )


def _team(team: int, people: list[Person], each: int) -> LegacyTeam:
    registry = f"team-{team:02}-models"
    collections = (
        LegacyCollection(name=f"model-{n:03}", type="model", target=(registry, f"model-{n:03}"))
        for n in range(each)
    )
    return LegacyTeam(
        team=f"team-{team:02}",
        digest="sha256:" + "0" * 64,
        people=tuple(people),
        protected_aliases=("production",),
        visibility="team",
        collections=tuple(collections),
    )


if __name__ == "__main__":
    sys.exit(main())
