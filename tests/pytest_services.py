"""Start PostgreSQL and Redis for a plain `python -m pytest`, unless they are given.

A plugin in `addopts`, because pytest-django reads the settings, and with them
DATABASE_URL, before any conftest.py is loaded.
"""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from testapp.environment import redis_database
from testapp.launcher.errors import LauncherError
from testapp.launcher.folders import data_folder
from testapp.launcher.testing import throwaway_services

if TYPE_CHECKING:
    from collections.abc import Iterator

_stack = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Iterator[None]:
    """Set the environment before anything reads Django's settings."""
    os.environ.setdefault("SECRET_KEY", secrets.token_hex())
    if _has_work(early_config):
        _start()
    if "TESTAPP_REDIS_DATABASE" in os.environ:
        _keep_apart()
    return (yield)


def pytest_unconfigure() -> None:
    _stack.close()


def _has_work(config: pytest.Config) -> bool:
    given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    options = config.known_args_namespace
    return not (given or options.help or options.version)


def _keep_apart() -> None:
    """Choose Redis databases that no other environment uses at the same time.

    pytest-django does so for PostgreSQL.
    """
    url = os.environ.get("REDIS_URL")
    if url:
        number = int(os.environ["TESTAPP_REDIS_DATABASE"])
        os.environ["REDIS_URL"] = redis_database(url, number)


def _start() -> None:
    services = throwaway_services(data_folder(os.environ))
    try:
        urls = _stack.enter_context(services)
    except LauncherError as error:
        raise pytest.UsageError(str(error)) from None
    os.environ.update(urls.environment())
