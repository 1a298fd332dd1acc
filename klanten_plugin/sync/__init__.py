"""Use cases of the workers: call clients, apply domain rules, record progress."""
