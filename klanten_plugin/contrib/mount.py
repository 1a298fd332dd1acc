"""Add the API to a host whose settings and URLs can't be edited.

The same additions are used by a settings module that extends the host's own
(:mod:`.overlay`), and for a host that only has environment variables: with
``KLANTEN_MOUNT`` :meth:`KlantenConfig.ready` makes them. Nothing is imported from the
host, so the order of its apps doesn't matter.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from django.conf import settings as django_settings

from ..conf import Setting, own_settings, settings
from ..redaction import redact_live_handlers, with_redaction
from ..schedule import beat_schedule

DEFAULT_PATH = "klanten/api/"
URLCONF = "klanten_plugin.contrib.urls"
MIDDLEWARE = "klanten_plugin.api.middleware.APIVersionMiddleware"
STEPS = tuple(
    f"klanten_plugin.setup_configuration.steps.{name}"
    for name in ("ServicesStep", "KlantenConfigStep", "ApplicatiesStep", "GroepenStep")
)
YES = {"1", "yes", "true", "on", "ja"}
NO = {"", "0", "no", "false", "off", "nee"}


def mount_path(value: str) -> str:
    """Return the path to mount at, or "" for not at all."""
    if value.strip().lower() in NO:
        return ""
    if value.strip().lower() in YES:
        return DEFAULT_PATH
    return value.strip().strip("/") + "/"


def additions(host: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return the changes to the settings of a host. Idempotent."""
    changed: dict[str, Any] = {"KLANTEN_MOUNT": path}
    if host["ROOT_URLCONF"] != URLCONF:
        changed["KLANTEN_HOST_URLCONF"] = host["ROOT_URLCONF"]
        changed["ROOT_URLCONF"] = URLCONF
    if MIDDLEWARE not in host["MIDDLEWARE"]:
        # outermost
        changed["MIDDLEWARE"] = [MIDDLEWARE, *host["MIDDLEWARE"]]
    # entries of the host take precedence
    own = beat_schedule() | (host.get("CELERY_BEAT_SCHEDULE") or {})
    changed["CELERY_BEAT_SCHEDULE"] = own
    if not host.get("KLANTEN_PUBLIC_URL") and (url := open_zaak_url(host)):
        changed["KLANTEN_PUBLIC_URL"] = url
    if host.get("LOGGING"):
        changed["LOGGING"] = with_redaction(host["LOGGING"])
    steps = host.get("SETUP_CONFIGURATION_STEPS")
    if steps is not None and find_spec("django_setup_configuration"):
        missing = [step for step in STEPS if step not in steps]
        # a list in one host, a tuple in another
        changed["SETUP_CONFIGURATION_STEPS"] = [*steps, *missing]
    return changed


def open_zaak_url(host: Mapping[str, Any]) -> str:
    """Return the address to which Open Zaak rewrites its own URLs, or ""."""
    domain = host.get("OPENZAAK_DOMAIN")
    if not domain or str(host.get("OPENZAAK_REWRITE_HOST")).lower() not in YES:
        return ""
    scheme = "https" if host.get("IS_HTTPS", True) else "http"
    path = str(host.get("FORCE_SCRIPT_NAME") or host.get("SUBPATH") or "").strip("/")
    return f"{scheme}://{domain}/{path}".rstrip("/")


def from_environment(host: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plugin's settings that are only in the environment.

    Values that can't be converted stay strings, which a system check reports.
    """
    return {
        setting.name: _parsed(os.environ[setting.name], setting)
        for setting in own_settings()
        if setting.name in os.environ and setting.name not in host
    }


def _parsed(text: str, setting: Setting[Any]) -> Any:
    default = setting.default
    if isinstance(default, bool):
        return {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}.get(
            text.strip().lower(), text
        )
    try:
        if isinstance(default, tuple):
            kind = type(default[0])
            return tuple(kind(part.strip()) for part in text.split(",") if part.strip())
        return type(default)(text)
    except ValueError:
        return text


def mount_if_asked() -> bool:
    """Make the additions if ``KLANTEN_MOUNT`` is set, and return whether it is."""
    path = mount_path(settings.MOUNT or os.environ.get("KLANTEN_MOUNT", ""))
    if not path:
        return False
    host = _Current()
    for name, value in from_environment(host).items():
        setattr(django_settings, name, value)
    for name, value in additions(host, path).items():
        setattr(django_settings, name, value)
    redact_live_handlers()  # logging is already configured
    return True


class _Current(Mapping[str, Any]):
    """The current settings of the host as a mapping."""

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(django_settings, name)
        except AttributeError as error:
            raise KeyError(name) from error

    def __iter__(self) -> Any:
        return iter(dir(django_settings))

    def __len__(self) -> int:
        return len(dir(django_settings))
