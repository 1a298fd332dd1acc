"""Optional integrations: used where the host has the other side of them."""
