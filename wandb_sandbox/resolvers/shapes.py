"""Fields that many types share: ids, connections, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError
from wandb_sandbox.execution.registry import Resolver
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.store.paging import Edge, Page, Window, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECTIONS = (
    "ApiKey User Entity Project ArtifactType ArtifactCollection ArtifactAlias Tag "
    "ArtifactCollectionMembership Artifact VersionedArtifact File Run Trigger Integration"
)


def global_id(*kinds: str, prefix: str = "") -> None:
    """Let `id` of the types be `prefix or type`:row id in base64."""
    for kind in kinds:
        table.functions[kind, "id"] = _id_resolver(prefix or kind)


def _id_resolver(prefix: str) -> Resolver[Context]:
    return lambda source, _args, _context: ids.encode(prefix, source.id)


def window(args: Mapping[str, Any], context: Context) -> Window:
    """The window of a connection's arguments; InvalidError for a page that this server finds too large."""
    most = context.switches.max_page_size
    if context.switches.large_pages_refused and (args.get("first") or 0) > most:
        raise InvalidError(f"first is at most {most}")
    return Window.of(args, context.switches.max_page_size)


def _register() -> None:
    for kind in CONNECTIONS.split():
        table.getters[f"{kind}Connection", "edges"] = lambda page: page.edges
        table.getters[f"{kind}Connection", "pageInfo"] = lambda page: page
        table.getters[f"{kind}Connection", "totalCount"] = lambda page: page.count()
        table.getters[f"{kind}Edge", "node"] = lambda edge: edge.node
        table.getters[f"{kind}Edge", "cursor"] = lambda edge: encode_cursor(edge.key)
    table.getters["PageInfo", "hasNextPage"] = lambda page: page.has_next
    table.getters["PageInfo", "hasPreviousPage"] = lambda page: page.has_previous
    table.getters["PageInfo", "startCursor"] = lambda page: _cursor(page, 0)
    table.getters["PageInfo", "endCursor"] = lambda page: _cursor(page, -1)


def _cursor(page: Page, position: int) -> str | None:
    return encode_cursor(page.edges[position].key) if page.edges else None


def single_page(rows: list[Any]) -> Page:
    """All of a short list as one page."""
    edges = [Edge(row, (i, i)) for i, row in enumerate(rows)]
    return Page(edges, has_next=False, has_previous=False, count=lambda: len(rows))


_register()
