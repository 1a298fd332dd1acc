"""Optional integrations with hosts and packages."""
