"""What Open Zaak 1.30 has of ``openzaak.components.autorisaties``, to the letter where
it matters: what its form shows, and what saving it deletes and makes."""
