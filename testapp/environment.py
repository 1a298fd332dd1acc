"""Read the configuration of this host from the environment."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

import dj_database_url

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def required(name: str) -> str:
    """Return the value of a variable without a sensible default."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"The environment variable {name} is not set. Set it, or let "
            "`python3 -m testapp` start the host: it sets up everything by itself."
        )
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable: 1, true, yes, on, or 0, false, no, off, in any case."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"The environment variable {name} must be yes or no.")


def listing(name: str, default: str = "") -> list[str]:
    """Return the values of a comma-separated variable."""
    values = os.environ.get(name, default).split(",")
    return [value.strip() for value in values if value.strip()]


def integer(name: str, default: int) -> int:
    """Return a variable with an integer."""
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(
            f"The environment variable {name} must be a whole number."
        ) from None


def database() -> dict[str, Any]:  # Any: the shape of one of Django's DATABASES
    """Return the database of DATABASE_URL, with persistent connections."""
    config = dj_database_url.parse(
        required("DATABASE_URL"), conn_max_age=60, conn_health_checks=True
    )
    if not config["ENGINE"].startswith("django.db.backends.postgresql"):
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL database (postgres://...): the "
            "tables of vng_api_common have array columns and trigram indexes."
        )
    return dict(config)


def redis_database(url: str, number: int) -> str:
    """Return the URL of another numbered database on the same Redis server."""
    return urlsplit(url)._replace(path=f"/{number}").geturl()


def next_redis_database(url: str) -> str:
    """Return the URL of the next numbered database on the same Redis server."""
    return redis_database(url, int(urlsplit(url).path.strip("/") or 0) + 1)
