"""Clients of the Contactmomenten and Verzoeken APIs, which own roles of klanten."""
