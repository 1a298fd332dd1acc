"""HTTP within limits: one exchange, its deadline, and what a status means."""
