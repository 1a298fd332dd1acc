"""Fixtures for users of the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client

import pytest

if not apps.is_installed("django.contrib.admin"):  # a host without an admin
    collect_ignore_glob = ["test_*.py", "browser", "klanten"]


@pytest.fixture
def beheer(db: Any) -> Client:
    """A client of a superuser."""
    user = get_user_model().objects.create_superuser(
        "beheer", "b@example.nl", "x", first_name="Bea", last_name="Heer"
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def medewerker(db: Any) -> Callable[..., Client]:
    """Return a client of a user with these permissions, such as ``view_klant``."""

    def log_in(*codenames: str) -> Client:
        user = get_user_model().objects.create_user("medewerker", is_staff=True)
        permissions = apps.get_model("auth", "Permission").objects
        chosen = permissions.filter(codename__in=codenames)
        assert chosen.count() == len(codenames)
        user.user_permissions.set(chosen)
        client = Client()
        client.force_login(user)
        return client

    return log_in
