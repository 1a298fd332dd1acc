"""Check whether the ``subject`` of a klant exists."""
