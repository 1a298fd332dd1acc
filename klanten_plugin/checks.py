"""System checks: what is missing or contradicts itself in the host."""
