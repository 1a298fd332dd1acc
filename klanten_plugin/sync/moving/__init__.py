"""Import from another Klanten API or a file, and export to a file."""
