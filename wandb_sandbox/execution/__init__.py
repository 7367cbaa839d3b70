"""Documents to answers: parsing and validation by graphql-core (cached), execution by compiled plans."""
