"""What the fields of the schema answer, by subject. Importing a module registers its resolvers."""
