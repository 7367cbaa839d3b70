"""Programs that show how the project is used; `make test` runs them all."""
