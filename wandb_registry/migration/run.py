"""A whole scan: read, place, map. What the command line and other commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wandb_registry.errors import UserError
from wandb_registry.migration.baseline import baseline_of
from wandb_registry.migration.config import load_rules
from wandb_registry.migration.findings import blocking
from wandb_registry.migration.mapping import Mapped, map_facts
from wandb_registry.migration.people import OpenScim
from wandb_registry.migration.people_csv import load_people
from wandb_registry.migration.placement import place
from wandb_registry.migration.scan import SameTeamTwice, scan_legacy, scan_target
from wandb_registry.migration.server_limits import with_server_limits
from wandb_registry.migration.write import check_out, earlier_scan, write_scan
from wandb_registry.server.port import Port
from wandb_registry.state.doctor_report import doctor_of, load_doctor


class BlockingFindings(UserError):
    """Findings that a reviewer has to decide about first; nothing was written."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a scan was asked for."""

    organization: str
    teams: tuple[str, ...]
    out: Path
    config: Path | None = None
    people: Path | None = None  # people.csv, for what no key can read


def check_request(request: Request) -> None:
    """Everything that can be refused before the first request."""
    check_out(request.out)
    load_rules(request.config)
    if request.people is not None:
        load_people(request.people)
    load_doctor(request.out.parent)
    _twice(request.teams)


def run_scan(
    port: Port,
    request: Request,
    notify: Callable[[str], None] = lambda _: None,
    *,
    open_scim: OpenScim | None = None,
) -> Mapped:
    """Read and map; nothing is written. Raises UserError with file and line, or with what was not visible.

    `open_scim` is asked for the organization's people where GraphQL does not tell them.
    """
    check_request(request)
    rules = load_rules(request.config)
    facts = scan_legacy(
        port,
        request.organization,
        request.teams,
        notify,
        open_scim=open_scim,
        people_file=None if request.people is None else load_people(request.people),
    )
    placement = place(facts, rules)
    facts = scan_target(port, facts, placement.registries, notify)
    earlier = earlier_scan(request.out, facts.server, facts.organization.id)
    mapped = map_facts(facts, rules, placement, baseline_of(facts.target, earlier))
    doctor = doctor_of(request.out.parent, facts.server, facts.organization.id)
    return with_server_limits(mapped, doctor, rules.config)


def save_scan(request: Request, mapped: Mapped) -> None:
    """Write stack file and inventory; BlockingFindings where a finding forbids it."""
    if found := blocking(mapped.findings):
        codes = ", ".join(sorted({finding.code for finding in found}))
        raise BlockingFindings(
            f"{len(found)} {'finding blocks' if len(found) == 1 else 'findings block'} this scan ({codes}); "
            "nothing was written",
            advice="Follow the advice above, and scan again",
        )
    write_scan(request.out, mapped.stack, mapped.inventory)


def _twice(teams: Sequence[str]) -> None:
    seen: set[str] = set()
    for team in teams:
        if team.casefold() in seen:
            raise SameTeamTwice(f"team {team} is given twice", advice="Name each team once")
        seen.add(team.casefold())
