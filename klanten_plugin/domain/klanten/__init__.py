"""Klanten: create, change, delete, number, find, represent."""
