"""Desired state and inventory: what people review in Git, and what scan recorded beside it."""
