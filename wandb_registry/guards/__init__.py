"""Guards: pure rules that refuse a change which would hurt, each lifted only by its own override."""
