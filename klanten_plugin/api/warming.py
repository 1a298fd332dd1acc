"""Prepare a web process before its first request.

URLs, fields of serializers, statements and the transport of the broker are loaded on
first use. Without this module, the first POST of a process takes about twenty times the
processor time of the second.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from itertools import product

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.urls import NoReverseMatch, reverse

from rest_framework.serializers import Serializer

from ..domain.klanten.reading import klant_statement
from ..models import SUBJECTS
from .serializers import HostKlantSerializer, serializer_for
from .signals import web_process_started

REGEXES = ("regex", "user_regex", "domain_regex")
"""Attributes of Django's validators that hold regular expressions."""


@cache
def warm_up() -> None:
    """Load once what the first request would load. Uses neither database nor broker.

    An error is left to the first request, which reports it.
    """
    before = _open_connections()
    with suppress(Exception):
        prepare()
    for connection in _open_connections() - before:
        # URLs of the host that used the database: forked workers would share it
        connection.close()


def _open_connections() -> set[BaseDatabaseWrapper]:
    found = connections.all(initialized_only=True)
    return {one for one in found if one.connection is not None}


def prepare() -> None:
    """Load the URLs of the host, the serializers and the statements."""
    with suppress(NoReverseMatch):  # the API isn't mounted
        reverse("klant-list")
    _load_fields(HostKlantSerializer())
    for model in SUBJECTS.values():
        _load_fields(serializer_for(model)())
    klant_statement()
    web_process_started.send(sender=None)


def _load_fields(serializer: Serializer) -> None:
    for field in serializer.fields.values():
        for validator, name in product(field.validators, REGEXES):
            # Django compiles these at their first use, which takes some 10 ms each
            _ = getattr(getattr(validator, name, None), "pattern", None)
        if isinstance(field, Serializer):
            _load_fields(field)
