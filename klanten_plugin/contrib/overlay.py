"""Settings of a host, extended with the API."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from .mount import DEFAULT_PATH, additions, from_environment, mount_path

VARIABLE = "DJANGO_SETTINGS_MODULE"
APP = "klanten_plugin"


def overlay(module: str) -> dict[str, Any]:
    """Return the settings of this module with the additions of the plugin."""
    host = host_settings(module)
    own = from_environment(host)
    mount = host.get("KLANTEN_MOUNT") or own.get("KLANTEN_MOUNT") or DEFAULT_PATH
    # ignore a disabled path, because using this module implies mounting the API
    path = mount_path(mount) or DEFAULT_PATH
    apps = host["INSTALLED_APPS"]
    if APP not in apps:
        apps = [*apps, APP]
    both = {**host, **own}
    return {**both, **additions(both, path), "INSTALLED_APPS": apps}


def host_settings(module: str) -> dict[str, Any]:
    """Import a settings module as if it were ``DJANGO_SETTINGS_MODULE``.

    Hosts derive paths, templates and more from the name in the environment.
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
