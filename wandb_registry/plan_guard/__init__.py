"""The guard over a whole plan: what `check` cannot see, from `pulumi preview --json` and the live server."""
