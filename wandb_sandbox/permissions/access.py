"""The effective rights of one key: the highest of organization, team and registry roles."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, NotFoundError, PermissionDeniedError
from wandb_sandbox.permissions.roles import LOWEST, SEAT_RIGHTS, RegistryRole, Right, team_rights

if TYPE_CHECKING:
    from wandb_sandbox.store.database import Database
    from wandb_sandbox.store.rows import Entity, Project, User
    from wandb_sandbox.switches import Switches

RESTRICTED = "RESTRICTED"
PUBLIC = {
    "USER_READ": frozenset({Right.SEE, Right.USE}),
    "USER_WRITE": frozenset({Right.SEE, Right.USE, Right.WRITE}),
}
"""What everybody with a key may do in a public and in an open project."""
EVERYTHING = frozenset(Right)
NOTHING: frozenset[Right] = frozenset()
WRITING = (Right.WRITE, Right.PROTECT, Right.MANAGE)


class Access:
    """What `user` may do; read from the store when first asked, for one request."""

    def __init__(self, db: Database, user: User, switches: Switches, *, privileged: bool) -> None:
        self._db = db
        self.user = user
        self._switches = switches
        self.privileged = privileged
        """An instance admin who asked to use it: may do everything."""

    @cached_property
    def team_roles(self) -> dict[int, str]:
        """Predefined role by team; a custom role counts as the one that it inherits."""
        rows = self._db.tuples(
            "SELECT t.entity_id, coalesce(c.inherits, t.role) FROM team_members t "
            "JOIN entities e ON e.id = t.entity_id "
            "LEFT JOIN custom_roles c ON c.organization_id = e.organization_id AND c.name = t.role "
            "WHERE t.user_id = ? AND t.pending = 0",
            self.user.id,
        )
        return dict(rows)

    @cached_property
    def organization_roles(self) -> dict[int, str]:
        """Role by organization."""
        return dict(
            self._db.tuples(
                "SELECT organization_id, role FROM organization_members WHERE user_id = ?", self.user.id
            )
        )

    @cached_property
    def _seats(self) -> dict[int, str]:
        """Seat by organization, of those that leave less than everything."""
        rows = self._db.tuples(
            "SELECT organization_id, seat FROM organization_members WHERE user_id = ? AND seat != 'full'",
            self.user.id,
        )
        return dict(rows) if self._switches.seats_limit else {}

    @cached_property
    def _own_roles(self) -> dict[int, str]:
        return dict(
            self._db.tuples("SELECT project_id, role FROM project_members WHERE user_id = ?", self.user.id)
        )

    @cached_property
    def _roles_through_teams(self) -> dict[int, list[str]]:
        rows = self._db.tuples(
            "SELECT p.project_id, p.role FROM project_team_members p "
            "JOIN team_members t ON t.entity_id = p.entity_id WHERE t.user_id = ? AND t.pending = 0",
            self.user.id,
        )
        found: dict[int, list[str]] = {}
        for project, role in rows:
            found.setdefault(project, []).append(role)
        return found

    @cached_property
    def _workflows_admin_of(self) -> set[int]:
        rows = self._db.tuples("SELECT entity_id FROM workflows_admins WHERE user_id = ?", self.user.id)
        return {entity for (entity,) in rows}

    @cached_property
    def _entity_organizations(self) -> dict[int, int]:
        """Organization by entity, of the organizations that the user is in."""
        ids = list(self.organization_roles)
        rows = self._db.tuples(
            f"SELECT id, organization_id FROM entities WHERE organization_id IN ({','.join('?' * len(ids))})",  # noqa: S608
            *ids,
        )
        return dict(rows)

    @property
    def entities_of_organizations(self) -> list[int]:
        """The entities of the organizations that the user is in: their own and their teams."""
        return list(self._entity_organizations)

    @cached_property
    def _guest_of(self) -> set[int]:
        """Organizations that the user is not in, and in a registry of which it is a member."""
        rows = self._db.tuples(
            "SELECT DISTINCT e.organization_id FROM entities e JOIN projects p ON p.entity_id = e.id "
            "WHERE p.is_registry = 1 AND (p.id IN (SELECT project_id FROM project_members WHERE user_id = ?) "
            "OR p.id IN (SELECT m.project_id FROM project_team_members m "
            "JOIN team_members t ON t.entity_id = m.entity_id WHERE t.user_id = ? AND t.pending = 0))",
            self.user.id,
            self.user.id,
        )
        return {organization for (organization,) in rows}

    @cached_property
    def _paused(self) -> set[int]:
        """The projects on both sides of a migration that runs."""
        rows = self._db.tuples(
            "SELECT source_project_id, target_project_id FROM migrations WHERE finished_at IS NULL"
        )
        return {project for pair in rows for project in pair}

    @cached_property
    def _rights(self) -> dict[int, frozenset[Right]]:
        return {}

    def registry_role(self, project: Project) -> RegistryRole | None:
        """The effective role in a registry; None where it is not to be seen."""
        organization = self._entity_organizations.get(project.entity_id)
        role = self.organization_roles.get(organization) if organization is not None else None
        if self.privileged or role == "admin":
            return RegistryRole.ADMIN
        names = list(self._roles_through_teams.get(project.id, ()))
        if project.id in self._own_roles:
            names.append(self._own_roles[project.id])
        if role is not None and project.access != RESTRICTED:
            names.append(self._switches.organization_base_role)
        return max((RegistryRole.parse(name) for name in names), default=None)

    def rights(self, project: Project) -> frozenset[Right]:
        """Everything that the key may do to the project."""
        found = self._rights.get(project.id)
        if found is None:
            found = self._registry_rights(project) if project.is_registry else self._team_rights(project)
            self._rights[project.id] = found
        return found

    def _left_by_seat(self, project: Project) -> frozenset[Right]:
        organization = self._entity_organizations.get(project.entity_id) if self._seats else None
        return EVERYTHING if organization is None else SEAT_RIGHTS[self._seats.get(organization, "full")]

    def _registry_rights(self, project: Project) -> frozenset[Right]:
        role = self.registry_role(project)
        if role is None:
            return NOTHING
        rights = frozenset(right for right, least in LOWEST.items() if role >= least)
        return rights if self.privileged else rights & self._left_by_seat(project)

    def _team_rights(self, project: Project) -> frozenset[Right]:
        if self.privileged or project.entity_id == self.user.entity_id:
            return EVERYTHING
        rights = self._rights_by_team(project) & self._left_by_seat(project)
        rights = rights | PUBLIC.get(project.access, NOTHING)
        if Right.WRITE in rights and project.entity_id in self._workflows_admin_of:
            rights = rights | {Right.PROTECT}
        return rights - {Right.WRITE, Right.PROTECT, Right.MANAGE} if project.read_only else rights

    def _rights_by_team(self, project: Project) -> frozenset[Right]:
        role = self.team_roles.get(project.entity_id)
        organization = self._entity_organizations.get(project.entity_id)
        in_organization = self.organization_roles.get(organization) if organization is not None else None
        if role is None and in_organization == "admin" and self._switches.organization_admins_see_teams:
            role = "admin"
        if role is None and in_organization and self.user.organization_wide:
            role = "member"
        own = self._own_roles.get(project.id)
        if role is None or (project.access == RESTRICTED and role != "admin" and own is None):
            return NOTHING
        # A role in the project stands before the one in the team.
        rights = team_rights(role if own is None or role == "admin" else own)
        return rights & SEAT_RIGHTS["viewer"] if in_organization == "viewer" else rights

    def can(self, right: Right, project: Project) -> bool:
        """Whether the key has the right."""
        return right in self.rights(project)

    def require(self, right: Right, project: Project, what: str) -> None:
        """PermissionDeniedError naming `what`; NotFoundError where the project is not to be seen at all.

        ConflictError for a write while W&B's own migration of the project runs.
        """
        rights = self.rights(project)
        if right in rights:
            if right in WRITING and project.id in self._paused:
                raise ConflictError(f"{project.name!r} is being migrated by W&B: writes are paused")
            return
        if Right.SEE not in rights:
            raise NotFoundError(f"project {project.name!r} not found")
        raise PermissionDeniedError(f"permission denied: you may not {what} in {project.name!r}")

    def sees_entity(self, entity: Entity) -> bool:
        """Whether the entity is there for the key: its own, its organization's, its teams'."""
        if self.privileged or entity.id == self.user.entity_id or entity.id in self.team_roles:
            return True
        if entity.kind == "user":
            return self._shares_organization(entity)
        if entity.organization_id in self.organization_roles:
            return True
        return entity.kind == "organization" and entity.organization_id in self._guest_of

    def _shares_organization(self, entity: Entity) -> bool:
        sql = (
            "SELECT 1 FROM organization_members a JOIN organization_members b USING (organization_id) "
            "JOIN users u ON u.id = b.user_id WHERE a.user_id = ? AND u.entity_id = ?"
        )
        return self._db.value(sql, self.user.id, entity.id) is not None

    def sees_organization(self, organization: int) -> bool:
        """Whether the organization is there for the key."""
        return self.privileged or organization in self.organization_roles or organization in self._guest_of

    def belongs_to(self, organization: int) -> bool:
        """Whether the key is of a member of the organization."""
        return self.privileged or organization in self.organization_roles

    def manages_team(self, entity: Entity) -> bool:
        """Whether the key is an admin of the team or of its organization."""
        return (
            self.privileged
            or self.team_roles.get(entity.id) == "admin"
            or (
                entity.organization_id is not None
                and self.organization_roles.get(entity.organization_id) == "admin"
            )
        )

    def creates_projects(self, entity: Entity) -> bool:
        """Whether the key may make a project, or a registry, of the entity."""
        if self.privileged or entity.id == self.user.entity_id:
            return True
        if entity.kind == "organization" and entity.organization_id is not None:
            full = self._seats.get(entity.organization_id, "full") == "full"
            return full and self.organization_roles.get(entity.organization_id) in ("admin", "member")
        if self._seats.get(entity.organization_id or 0, "full") != "full":
            return False
        if self.organization_roles.get(entity.organization_id or 0) == "viewer":
            return False
        role = self.team_roles.get(entity.id)
        if role is not None:
            return Right.WRITE in team_rights(role)
        return bool(self.user.organization_wide) and entity.id in self._entity_organizations
