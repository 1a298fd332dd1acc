"""Import and export: klanten from another Klanten API, or from a file."""
