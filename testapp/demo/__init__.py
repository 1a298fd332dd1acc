"""Which klanten does the demo have? Invented ones: see `klanten`."""
