"""People who move in: klanten of another Klanten API, or of a file."""
