"""Doctor: what is only assumed about a W&B server, found out on the user's own."""
