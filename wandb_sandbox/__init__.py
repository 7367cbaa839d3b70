"""A local W&B server for tests and demonstrations: GraphQL and files over HTTP, state in SQLite.

It stands in for the closed server and imports nothing else of this project, so that no behaviour
in it can be there to make the other code pass. See docs/sandbox.md for the evidence of each one.
"""
