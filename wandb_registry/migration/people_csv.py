"""people.csv: what a person looked up about an organization's people where no key can read it.

Columns, in any order; all but `username` may be left out: `username`, `id`, `organization_role` (admin,
member, viewer or a custom role), `seat` (full, viewer, none), `service_account` (team, organization, or
empty for a person), `registry_admin_of` (teams, separated by semicolons).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wandb_registry.server.people import seat_of
from wandb_registry.state.people import OrganizationPerson
from wandb_registry.state.problems import InvalidFile, Problem

COLUMNS = ("username", "id", "organization_role", "seat", "service_account", "registry_admin_of")
_SERVICE = ("", "team", "organization")


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """The people of the file, and the Model Registry admins that it names, by team.

    `told`: the columns that it has; what is in no column is not told.
    """

    people: tuple[OrganizationPerson, ...]
    registry_admins: dict[str, frozenset[str]]
    told: frozenset[str]


def load_people(path: Path) -> PeopleFile:
    """The file; InvalidFile with every problem and its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            columns = [str(name).strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            _check_columns(path, columns)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidFile([Problem(str(path), 0, "", f"cannot be read: {error}")]) from None
    problems = list(_problems(path, rows))
    if problems:
        raise InvalidFile(problems)
    admins: dict[str, set[str]] = {}
    for _, row in rows:
        for team in _teams(row):
            admins.setdefault(team, set()).add(row["username"].strip())
    return PeopleFile(
        people=tuple(sorted((_person(row) for _, row in rows), key=lambda person: person.username)),
        registry_admins={team: frozenset(names) for team, names in sorted(admins.items())},
        told=frozenset(columns),
    )


def _check_columns(path: Path, columns: list[str]) -> None:
    unknown = [name for name in columns if name not in COLUMNS]
    if "username" not in columns or unknown or len(set(columns)) != len(columns):
        message = f"the first line must name columns of {', '.join(COLUMNS)}, each once, username among them"
        raise InvalidFile([Problem(str(path), 1, "", message)])


def _problems(path: Path, rows: list[tuple[int, dict[str, str]]]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for line, row in rows:
        username = (row["username"] or "").strip()
        if None in row or None in row.values():
            yield Problem(str(path), line, username, "has more or fewer fields than the first line")
            continue
        if not username:
            yield Problem(str(path), line, "username", "is empty")
        elif (before := seen.setdefault(username.casefold(), line)) != line:
            yield Problem(str(path), line, username, f"stands in line {before} already")
        seat = row.get("seat", "").strip()
        if seat and seat_of(seat) is None:
            yield Problem(str(path), line, username, f"seat {seat!r} is not full, viewer or none")
        if row.get("service_account", "").strip() not in _SERVICE:
            message = f"service_account {row['service_account']!r} is not team, organization or empty"
            yield Problem(str(path), line, username, message)


def _person(row: dict[str, str]) -> OrganizationPerson:
    service = row.get("service_account", "").strip()
    return OrganizationPerson(
        username=row["username"].strip(),
        id=row.get("id", "").strip(),
        role=row.get("organization_role", "").strip() or None,
        seat=seat_of(row.get("seat", "").strip()),
        service_account=bool(service),
        organization_wide=service == "organization",
    )


def _teams(row: dict[str, str]) -> list[str]:
    return [team.strip() for team in row.get("registry_admin_of", "").split(";") if team.strip()]
