"""Who may do what: the roles and the effective right of one key, asked on every read and write."""
