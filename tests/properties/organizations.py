"""Random organizations: people in every kind of role, seats, teams that overlap, service accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

ENGINEER = "eng"  # organization admin and admin of every team: whose key scans and applies
TEAMS = ("red", "blue")
OUTSIDERS = "green"  # a team that is not scanned
PEOPLE = ("ann", "bob", "cem", "dot", "eve", "fay")
BOTS = ("bot", "rob")
CUSTOM_ROLES = {"auditor": "view-only", "lead": "member", "chief": "admin"}
RULES = "numbering: exact\nroles: {auditor: viewer, lead: member, chief: admin}\n"


@dataclass(frozen=True)
class TeamSpec:
    """A team: people by role, and what its legacy registry says."""

    people: dict[str, str]
    registry_admins: tuple[str, ...] = ()
    protects: bool = False
    access: str = "PRIVATE"
    project_roles: dict[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()


@dataclass(frozen=True)
class OrganizationSpec:
    """Roles and seats in the organization, teams, and which service accounts reach all teams."""

    roles: dict[str, str]
    seats: dict[str, str]
    teams: dict[str, TeamSpec]
    wide: frozenset[str]  # of BOTS

    @property
    def everybody(self) -> list[str]:
        """All usernames."""
        return [ENGINEER, *PEOPLE, *BOTS]


@st.composite
def _team(draw: st.DrawFn, protects: st.SearchStrategy[bool]) -> TeamSpec:
    roles = st.sampled_from(["admin", "member", "member", "view-only", *CUSTOM_ROLES])
    people = draw(st.dictionaries(st.sampled_from(PEOPLE), roles, max_size=5))
    bots = draw(st.sets(st.sampled_from(BOTS)))
    everybody = {**people, **dict.fromkeys(sorted(bots), "member")}
    some = st.sets(st.sampled_from(sorted(everybody) or [ENGINEER]), max_size=2)
    access = draw(st.sampled_from(["PRIVATE"] * 4 + ["RESTRICTED", "USER_READ"]))
    # Roles in a project that is not restricted are in no listing (docs/access.md).
    project_roles = st.dictionaries(
        st.sampled_from(sorted(everybody) or [ENGINEER]),
        st.sampled_from(["admin", "member", "viewer"]),
        max_size=3 if access == "RESTRICTED" else 0,
    )
    return TeamSpec(
        people=everybody,
        registry_admins=tuple(sorted(draw(some))),
        protects=draw(protects),
        access=access,
        project_roles=draw(project_roles),
        pending=tuple(sorted(draw(st.sets(st.sampled_from(PEOPLE), max_size=1)) - set(everybody))),
    )


@st.composite
def organizations(draw: st.DrawFn) -> OrganizationSpec:
    """An organization with two scanned teams and one that is not."""
    roles = st.sampled_from(["member"] * 5 + ["viewer", "admin"])
    seats = st.sampled_from(["full"] * 6 + ["viewer", "none"])
    return OrganizationSpec(
        roles={person: draw(roles) for person in PEOPLE},
        seats={person: draw(seats) for person in PEOPLE},
        teams={name: draw(_team(st.booleans())) for name in (*TEAMS, OUTSIDERS)},
        wide=frozenset(draw(st.sets(st.sampled_from(BOTS)))),
    )
