"""A large organization written directly into a data folder, in the shapes that the real client makes."""
