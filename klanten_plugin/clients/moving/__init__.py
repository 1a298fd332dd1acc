"""Another Klanten API, to copy klanten from."""
