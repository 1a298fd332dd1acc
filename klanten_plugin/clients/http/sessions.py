"""Sessions with the credentials of a Service.

zgw-consumers builds them, except for OAuth 2: it fetches tokens without limits, and
with a session whose requests can be logged, including the client secret.
"""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _, gettext_lazy

import requests
from requests.auth import HTTPBasicAuth
from zgw_consumers.client import build_client
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from ...exceptions import (
    AccessRefused,
    ConfigurationError,
    RemoteError,
    TemporaryRemoteError,
)
from .answers import PASSING, SUCCESS, AnswerTable, Meaning, Rule
from .reply import Reply

OAUTH2 = getattr(AuthTypes, "oauth2_client_credentials", None)
"""Available in zgw-consumers 2 and newer."""

INSECURE = "OAUTHLIB_INSECURE_TRANSPORT"
"""Environment variable of oauthlib that allows fetching tokens without TLS."""

SPARE_SECONDS = 10
"""Seconds before its expiry from which a token is renewed."""

Fetch = Callable[[requests.Session, requests.Request], Reply]


def has_token(reply: Reply) -> bool:
    """Whether this is a response with an access token by RFC 6749."""
    body = reply.payload
    return isinstance(body, dict) and isinstance(body.get("access_token"), str)


TOKENS = AnswerTable(
    (
        Rule(TemporaryRemoteError, PASSING),
        Rule(Meaning.OK, SUCCESS, has_token),
        Rule(
            TemporaryRemoteError,
            SUCCESS,
            says=gettext_lazy("{answer}, maar geen token."),
        ),
        Rule(
            AccessRefused,
            says=gettext_lazy("{answer}. Controleer client-ID en secret."),
        ),
    ),
    name=gettext_lazy("De server die tokens geeft"),
)


def authenticated(service: Service, fetch: Fetch) -> requests.Session:
    """Return a session with the authentication of the Service.

    ``fetch`` sends the request for a token, if one is needed. Raises
    :class:`ConfigurationError` if the Service can't authenticate.
    """
    try:
        session = _build(service, fetch)
    except (requests.RequestException, TimeoutError, RemoteError):
        raise  # of the authorisation server
    except Exception as error:  # each kind of authentication raises its own
        message = _(
            "De service {service} is niet goed ingesteld: controleer de "
            "inloggegevens ({error})."
        ).format(service=service.label, error=type(error).__name__)
        raise ConfigurationError(message) from error
    if isinstance(session.verify, str):
        # otherwise REQUESTS_CA_BUNDLE would override the certificate of the Service
        # with zgw-consumers before 2.1
        session.trust_env = False
    # the hook that rewrites URLs of a gateway would read the complete body
    session.hooks["response"] = []
    return session


def _build(service: Service, fetch: Fetch) -> requests.Session:
    session: requests.Session
    if OAUTH2 is None or service.auth_type != OAUTH2:
        session = build_client(service)
        return session
    token = _token(service, fetch)
    plain = copy.copy(service)
    plain.auth_type = AuthTypes.no_auth
    session = build_client(plain)

    def bear(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    session.auth = bear
    return session


def _token(service: Service, fetch: Fetch) -> str:
    """Return the access token, cached in the host's cache until it expires."""
    key = _cache_key(service)
    if kept := cache.get(key):
        return str(kept)
    url = service.oauth2_token_url
    if not url.startswith("https://") and not os.environ.get(INSECURE):
        raise ConfigurationError(
            _("De service {service} heeft een Token-URL zonder https.").format(
                service=service.label
            )
        )
    content = {"grant_type": "client_credentials"}
    if service.oauth2_scope:
        content["scope"] = service.oauth2_scope
    auth = HTTPBasicAuth(service.client_id, service.secret)
    with requests.Session() as session:
        reply = fetch(session, requests.Request("POST", url, data=content, auth=auth))
    body: dict[str, Any] = TOKENS.read(reply)
    token = str(body["access_token"])
    lifetime = body.get("expires_in")
    if isinstance(lifetime, int) and lifetime > SPARE_SECONDS:
        cache.set(key, token, timeout=lifetime - SPARE_SECONDS)
    return token


def _cache_key(service: Service) -> str:
    """Return a cache key that depends on the credentials."""
    parts = (
        service.oauth2_token_url,
        service.oauth2_scope,
        service.client_id,
        service.secret,
    )
    digest = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    return f"klanten_plugin.token.{digest}"
