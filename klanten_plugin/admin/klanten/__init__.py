"""Klanten in the admin: list, page, forms and history."""
