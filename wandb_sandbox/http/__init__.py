"""The HTTP side: the GraphQL endpoint, files, run streams, set-up and control calls."""
