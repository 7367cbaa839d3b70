"""RegistryTree: one registry with everything in it as one component, so that a preview shows a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from providers.collection import Collection, CollectionArgs
from providers.links import Links, LinksArgs
from providers.links_inputs import LinkItem, link_lines
from providers.memberships import Memberships, MembershipsArgs
from providers.registry import Registry, RegistryArgs
from wandb_registry.state.inventory import BaselineRegistry
from wandb_registry.state.models import CollectionState, Override, RegistryState
from wandb_registry.state.origins import Origin
from wandb_registry.state.roles import Role


class RegistryTree(pulumi.ComponentResource):
    """A registry, its members, its collections and their links, in the order that is never open.

    The registry comes first, restricted from its first request; its members before its collections;
    each collection before its links. Names go between them, no Outputs, so that policies and previews
    know everything.
    """

    def __init__(
        self,
        name: str,
        organization: str,
        state: RegistryState,
        *,
        origin: Origin | None = None,
        overrides: tuple[Override, ...] = (),
        gaps_refused: bool = False,
        guard: pulumi.Resource | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`name` is the registry's name, and the beginning of the names of all resources in it.

        `origin` is what scan recorded about it, `guard` what everything here waits for.
        """
        super().__init__("wandb-registry:index:RegistryTree", name, None, _renamed(state.renamed_from, opts))
        self._name = name
        self._organization = organization
        self._state = state
        self._origin = origin or Origin()
        self._fills_gaps = self._origin.fills_gaps and not gaps_refused
        self._overrides = [override.model_dump() for override in overrides]
        registry = self._registry(guard)
        after = self._memberships(registry)
        for collection_name, collection in state.collections.items():
            self._collection(collection_name, collection, after)
        self.register_outputs({})

    def _registry(self, guard: pulumi.Resource | None) -> Registry:
        state, baseline, audience = self._state, self._origin.baseline, self._origin.audience
        types = state.artifact_types
        args = RegistryArgs(
            organization=self._organization,
            name=self._name,
            visibility=state.visibility,
            description=state.description,
            artifact_types=types if isinstance(types, str) else list(types),
            protected_aliases=None if state.protected_aliases is None else list(state.protected_aliases),
            baseline={"id": baseline.id, "visibility": baseline.visibility} if baseline else None,
            boundary=self._boundary(),
            legacy_aliases=self._origin.protected or None,
            kept_users=_texts(self._origin.kept_users),
            kept_teams=_texts(self._origin.kept_teams),
            audience=None if audience is None or state.visibility == "restricted" else list(audience),
            overrides=self._overrides,
        )
        options = self._options(guard, self._old_names(), adopted=baseline is not None)
        return Registry(self._name, args, options)

    def _memberships(self, registry: Registry) -> pulumi.Resource:
        members = self._state.members
        if members is None:
            return registry
        args = MembershipsArgs(
            organization=self._organization,
            registry=self._name,
            users={user: str(role) for user, role in members.users.items()},
            teams={team: str(role) for team, role in members.teams.items()},
            exclusive=self._state.exclusive,
            keep_creator=members.keep_creator,
            missing_principals=members.missing_principals,
            baseline=_members_of(self._origin.baseline),
            # A namesake is never taken for somebody whom scan saw.
            ids={f"user {user}": member_id for user, member_id in self._origin.user_ids.items()} or None,
            service_accounts=list(self._origin.service_accounts) or None,
            boundary=self._boundary(),
            strange_teams=self._origin.strange_teams or None,
            overrides=self._overrides,
        )
        options = self._options(registry, self._old_names("members"))
        return Memberships(f"{self._name}/members", args, options)

    def _collection(self, name: str, state: CollectionState, after: pulumi.Resource) -> None:
        origin = self._origin
        before = origin.baseline.collections if origin.baseline else {}
        baseline = before.get(name) or before.get(state.renamed_from or "")
        resource_name = f"{self._name}/{name}"
        old_names = self._old_collections(name, state)
        items = [
            LinkItem(
                source=source,
                id=link.id,
                version=link.version,
                aliases=link.aliases,
                accept_version=link.accept_version,
            )
            for source, link in state.links.items()
        ]
        closed = {item.key: origin.closed[item.source] for item in items if item.source in origin.closed}
        collection = Collection(
            resource_name,
            CollectionArgs(
                organization=self._organization,
                registry=self._name,
                name=name,
                type=state.type,
                description=state.description,
                tags=None if state.tags is None else list(state.tags),
                first_source=items[0].id if items else None,
                baseline_id=baseline.id if baseline else None,
                opened_projects=origin.opened or None,
                overrides=self._overrides,
            ),
            self._options(after, old_names, adopted=baseline is not None),
        )
        if not items:
            return
        Links(
            f"{resource_name}/links",
            LinksArgs(
                organization=self._organization,
                registry=self._name,
                collection=name,
                links=link_lines(items),
                baseline=sorted(baseline.links) if baseline else [],
                manage=self._state.manage,
                fill_gaps=self._fills_gaps,
                delete=self._state.delete,
                closed_sources=closed or None,
                opened_projects=origin.opened or None,
                overrides=self._overrides,
            ),
            self._options(collection, [f"{old}/links" for old in old_names]),
        )

    def _options(
        self, after: pulumi.Resource | None, old_names: Sequence[str], *, adopted: bool = False
    ) -> pulumi.ResourceOptions:
        # An adopted object is never deleted, and a preview must not say that it would be.
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=[after] if after else None,
            retain_on_delete=adopted or self._state.delete == "retain",
            aliases=[pulumi.Alias(name=old) for old in old_names],
        )

    def _old_names(self, *parts: str) -> list[str]:
        """The names that the registry's resource, or one in it, had before the registry was renamed."""
        old = self._state.renamed_from
        return ["/".join((old, *parts))] if old else []

    def _old_collections(self, name: str, state: CollectionState) -> list[str]:
        """The names before a rename of the collection, of the registry, or of both, in any run."""
        registries = [n for n in (self._name, self._state.renamed_from) if n]
        collections = [n for n in (name, state.renamed_from) if n]
        names = [f"{registry}/{collection}" for registry in registries for collection in collections]
        return names[1:]  # the first is its name now

    def _boundary(self) -> dict[str, dict[str, str]] | None:
        boundary = self._origin.boundary
        return {t: {who: str(role) for who, role in people.items()} for t, people in boundary.items()} or None


def _texts(roles: Mapping[str, Role]) -> dict[str, str] | None:
    return {name: str(role) for name, role in roles.items()} or None


def _members_of(baseline: BaselineRegistry | None) -> list[str]:
    if baseline is None:
        return []
    return sorted(
        [*(f"user {user}" for user in baseline.users), *(f"team {team}" for team in baseline.teams)]
    )


def _renamed(old: str | None, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions | None:
    if old is None:
        return opts
    renamed: Any = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=old)])
    return pulumi.ResourceOptions.merge(opts, renamed)
