"""HTTP with limits: the exchange, its deadline, and the meaning of responses."""
