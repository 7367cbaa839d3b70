"""What Links takes as input: one short line a link, and what the rest of it follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field, field_validator

from providers.adapter import Inputs
from wandb_registry.guards.automations import Writes, events_of_links
from wandb_registry.guards.failures import lifted
from wandb_registry.guards.links import RESTRICTED_SOURCE
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.models import Deletion, Manage
from wandb_registry.state.sources import Source


class LinksInputs(Inputs):
    """See `LinksArgs`."""

    registry: str
    collection: str
    links: dict[str, str] = Field(default_factory=dict)
    baseline: tuple[str, ...] = ()
    manage: Manage = "once"
    fill_gaps: bool = False
    delete: Deletion = "retain"
    closed_sources: dict[str, str] = Field(default_factory=dict)
    opened_projects: tuple[str, ...] = ()

    @field_validator("links")
    @classmethod
    def _readable(cls, links: dict[str, str]) -> dict[str, str]:
        for key, line in links.items():
            LinkEntry.parse(line)
            if "/" in key:
                Source.parse(key)
        return links

    @property
    def entries(self) -> dict[str, LinkEntry]:
        """The lines, parsed."""
        return {key: LinkEntry.parse(line) for key, line in self.links.items()}

    @property
    def opened(self) -> frozenset[str]:
        """The restricted projects that reviewers decided to link from."""
        return frozenset(self.opened_projects) | lifted(self.overrides, RESTRICTED_SOURCE, self.registry)

    @property
    def label(self) -> str:
        """`registry/collection`."""
        return f"{self.registry}/{self.collection}"

    def writes(self, old: LinksInputs | None) -> Writes:
        """What bringing the links from `old` to these may set off."""
        before = old.entries if old else None
        events = events_of_links(
            before, self.entries, fill_gaps=self.fill_gaps, destroy=self.delete == "destroy"
        )
        teams = {
            Source.parse(entry.source).entity for entry in [*self.entries.values(), *(before or {}).values()]
        }
        return Writes(self.registry, events, frozenset({self.collection}), frozenset(filter(None, teams)))


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkItem:
    """One link as a program writes it; see `link_lines`."""

    source: str
    """`entity/project/name:vN`, or `artifact:<id>`."""
    id: str | None = None
    """The artifact id, where it is known: the source's identity."""
    version: int | None = None
    """The number that the link must have; any where left out."""
    aliases: Sequence[str] | None = None
    """Exactly these aliases; not managed where left out."""
    accept_version: int | None = None
    """The number that a reviewer accepts instead of `version`."""

    @property
    def key(self) -> str:
        """Its key in the input map: the artifact id, or the path where a person gave no id."""
        source = Source.parse(self.source)
        return self.id or source.artifact_id or str(source)


def link_lines(items: Sequence[LinkItem]) -> dict[str, str]:
    """The input map of Links for items in their order."""
    lines: dict[str, str] = {}
    for order, item in enumerate(items):
        source = str(Source.parse(item.source))
        aliases = None if item.aliases is None else tuple(item.aliases)
        lines[item.key] = str(LinkEntry(order, source, item.version, aliases, item.accept_version))
    return lines
