"""Client of another Klanten API, to import klanten from."""
