"""The state: one SQLite database and a folder of content-addressed files; one module a subject."""
