"""Audit trail: what was written to the server, by whom, from which commit, chained so that edits show."""
