"""Roles of klanten, mirrored from Contactmomenten and Verzoeken APIs."""
