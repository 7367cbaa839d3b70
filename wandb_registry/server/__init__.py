"""The W&B server as the domain sees it: one GraphQL port, and a reader and writer for each subject."""
