"""Access matrix: who may do what to a collection, person by person, before and after. Pure; no request."""
