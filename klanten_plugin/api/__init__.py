"""The HTTP layer: authorisation, validation and rendering."""
