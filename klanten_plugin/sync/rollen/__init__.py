"""Roles: follow notifications, read lists, and keep the mirror in sync."""
