"""The settings of a host, with the API in it."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from .mount import DEFAULT_PATH, additions, from_environment, mount_path

VARIABLE = "DJANGO_SETTINGS_MODULE"
APP = "klanten_plugin"


def overlay(module: str) -> dict[str, Any]:
    """Everything in this settings module, and what we add. For a settings module."""
    host = host_settings(module)
    own = from_environment(host)
    mount = host.get("KLANTEN_MOUNT") or own.get("KLANTEN_MOUNT") or DEFAULT_PATH
    # under the module's own name a path that is off would be pointless
    path = mount_path(mount) or DEFAULT_PATH
    apps = host["INSTALLED_APPS"]
    if APP not in apps:
        apps = [*apps, APP]
    both = {**host, **own}
    return {**both, **additions(both, path), "INSTALLED_APPS": apps}


def host_settings(module: str) -> dict[str, Any]:
    """The settings in a module, imported as if it were the one in use.

    Hosts derive folders, templates and more from the name in the environment.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = module
    try:
        imported = import_module(module)
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
    return {name: getattr(imported, name) for name in dir(imported) if name.isupper()}
