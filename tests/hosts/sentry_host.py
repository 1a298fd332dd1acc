"""A host with error monitoring and two failing views: ``python sentry_host.py DSN``.

A separate program, because the SDK patches Django for the rest of the process. The
values in the views come from standard input, because source lines are part of an event.
"""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import path

import sentry_sdk

from klanten_plugin.contrib.sentry import OPTIONS

SENT = json.loads(sys.stdin.read())


def fails(request: HttpRequest) -> HttpResponse:
    """Fail with a BSN in the message, and names in the body and in variables."""
    naam = json.loads(request.body)["name"]
    raise ValueError(f"klant {SENT['bsn']}", len(naam))


def refused(request: HttpRequest) -> HttpResponse:
    """Fail like PostgreSQL does for a duplicate name."""
    raise IntegrityError(
        f"duplicate key value\nDETAIL:  Key (name)=({SENT['name']}) already exists."
    )


urlpatterns = [path("fails", fails), path("refused", refused)]


def main() -> None:
    settings.configure(
        ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", DEBUG=False
    )
    django.setup()
    sentry_sdk.init(dsn=sys.argv[1], traces_sample_rate=1.0, **OPTIONS)
    from django.core.wsgi import get_wsgi_application
    from django.test import RequestFactory

    serve = get_wsgi_application()
    for name in ("fails", "refused"):
        request = RequestFactory().post(
            f"/{name}?{SENT['parameter']}={SENT['bsn']}",
            json.dumps({"name": SENT["name"]}),
            content_type="application/json",
            HTTP_COOKIE=f"session={SENT['name']}",
        )
        assert list(serve(request.environ, lambda *_arguments: None))
    sentry_sdk.flush()


if __name__ == "__main__":
    main()
