"""The engine room: having the Pulumi engine, its Python language host, and running it."""
