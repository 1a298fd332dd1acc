"""Roles: follow notifications, read lists, keep the mirror in step."""
