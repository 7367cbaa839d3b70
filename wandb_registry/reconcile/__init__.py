"""Reconcilers: from what is there to what is desired, for registry, memberships, collection and links.

Each reads first, plans, writes in batches, and reads back. None knows Pulumi. Every one converges:
killed after any request, the next call ends in the same state, with nothing doubled.
"""
