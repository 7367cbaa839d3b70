"""One program must not say the same thing twice: a collection or registry in a set and in an item.

The set would take for strangers what the item made, or the other way round, at every run.
"""

from __future__ import annotations

from typing import Literal

import pulumi

What = Literal["members", "links"]

_sets: set[tuple[What, str]] = set()
_items: set[tuple[What, str]] = set()


def declare_set(what: What, owner: object) -> None:
    """Note that a set (Memberships, Links) rules `owner`; RunError where an item or another set does."""
    if not isinstance(owner, str):
        return  # known only after `up`
    if (what, owner) in _sets:
        raise pulumi.RunError(f"DeclaredTwice: the {what} of {owner} are declared by two resources; keep one")
    _refuse_both(what, owner, _items)
    _sets.add((what, owner))


def declare_item(what: What, owner: object) -> None:
    """Note that an item (Membership, Link) stands in `owner`; RunError where a set rules it."""
    if isinstance(owner, str):
        _refuse_both(what, owner, _sets)
        _items.add((what, owner))


def _refuse_both(what: What, owner: str, others: set[tuple[What, str]]) -> None:
    if (what, owner) in others:
        raise pulumi.RunError(
            f"DeclaredTwice: the {what} of {owner} are declared by a set and by single items; "
            "the set would undo the items, so keep one of the two"
        )
