"""What tests can do to the server and see of it: faults, latency, and the log of requests."""
