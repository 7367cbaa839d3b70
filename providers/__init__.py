"""The Pulumi resources of the W&B Registry.

Each module here is a thin adapter: Args, inputs, a dynamic provider and a resource class over
`wandb_registry`. The provider classes' paths are pickled into every state (docs/decisions), so they
are a public contract: a class that moves leaves an alias behind.
"""

from providers.collection import Collection, CollectionArgs
from providers.link import Link, LinkArgs
from providers.links import Links, LinksArgs
from providers.links_inputs import LinkItem, link_lines
from providers.lookup import get_collection, get_registry
from providers.membership import Membership, MembershipArgs
from providers.memberships import Memberships, MembershipsArgs
from providers.program import declare_stack, declare_stack_file
from providers.registry import Registry, RegistryArgs
from providers.stack_guard import StackGuard, StackGuardArgs
from providers.tree import RegistryTree

__all__ = [
    "Collection",
    "CollectionArgs",
    "Link",
    "LinkArgs",
    "LinkItem",
    "Links",
    "LinksArgs",
    "Membership",
    "MembershipArgs",
    "Memberships",
    "MembershipsArgs",
    "Registry",
    "RegistryArgs",
    "RegistryTree",
    "StackGuard",
    "StackGuardArgs",
    "declare_stack",
    "declare_stack_file",
    "get_collection",
    "get_registry",
    "link_lines",
]
