"""Use cases: ask a client, let the domain decide, keep the books."""
