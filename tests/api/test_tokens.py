"""The token check with one query has the same outcome as the suite's own check."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import jwt
import pytest
from hypothesis import HealthCheck, given, settings as hypothesis, strategies as st
from rest_framework.exceptions import PermissionDenied
from structlog.testing import capture_logs
from vng_api_common.authorizations.middleware import JWTAuth
from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.models import JWTSecret

from klanten_plugin.api.permissions import KlantenScopesRequired
from klanten_plugin.api.scopes import SCOPE_KLANTEN_LEZEN
from klanten_plugin.api.tokens import accept_token
from tests.api_client import URL, ApiClient
from tests.conftest import set_component

EXAMPLES = 5000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 60

SECRET = "long enough for HS512, which wants sixty-four bytes of a key, too."
OTHER_SECRET = (
    "another secret of more than sixty-four characters, because HS512 wants as many"
)
CLIENTS = ["a", "b", "unknown", "blank", "A", "a" * 51]
SCOPES = ["klanten.lezen", "klanten.aanmaken", "zaken.lezen"]
NOW = "now"
ODD = st.sampled_from([None, True, 1.5, "", "x", "12", [], {}, ["a"], {"a": 1}, -1])


@dataclass
class Registered:
    """An ``Applicatie`` with its authorisations."""

    client_ids: list[str]
    has_all: bool
    autorisaties: list[tuple[str, list[str]]] = field(default_factory=list)


scopes = st.lists(st.sampled_from(SCOPES), max_size=3)
registered = st.builds(
    Registered,
    st.lists(st.sampled_from(["a", "b", "A", "c"]), min_size=1, max_size=2),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(["kc", "zrc", "ac"]), scopes), max_size=3),
)
# Seconds from now, none of which is so near to a limit that it is passed between the two
# checks: of an expiry or beginning, and of the hour after which the suite refuses a token.
passed_or_ahead = st.integers(-3600, -60) | st.integers(60, 3600)
moments = st.integers(-7200, -3660) | st.integers(-3540, 0)
claims = st.fixed_dictionaries(
    {"client_id": st.sampled_from(CLIENTS) | ODD},
    optional={
        "iat": moments | ODD | st.just(NOW),
        "exp": passed_or_ahead | ODD,
        "nbf": passed_or_ahead | ODD,
        "iss": ODD,
        "sub": ODD,
        "jti": ODD,
        "aud": ODD,
        "user_id": ODD,
    },
)


def token(claims: dict[str, Any], key: str, algorithm: str, headers: Any) -> str:
    """Return a token with these claims. Integers in time claims are relative to now."""
    now = int(time.time())
    payload = {**claims}
    for name in ("iat", "exp", "nbf"):
        value = payload.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            payload[name] = now + value
        elif value == NOW:
            payload[name] = now
    # by hand, because PyJWT refuses to sign claims of the wrong type
    return jwt.api_jws.encode(
        json.dumps(payload).encode(),
        key if algorithm != "none" else None,
        algorithm=algorithm,
        headers=headers,
    )


good_claims = st.fixed_dictionaries(
    {"client_id": st.sampled_from(["a", "b", "A"]), "iat": st.integers(-3500, 0)},
    optional={"exp": st.integers(60, 3600), "user_id": st.text(max_size=5)},
)
tokens = st.builds(
    token,
    good_claims | claims,
    st.sampled_from([SECRET, SECRET, SECRET, OTHER_SECRET]),
    st.sampled_from(["HS256", "HS256", "HS256", "HS512", "none"]),
    st.sampled_from([None, None, {"typ": "x"}, {"kid": "1"}]),
)


class View:
    """The attributes of a view that the permission reads."""

    action = "list"
    required_scopes = {"list": SCOPE_KLANTEN_LEZEN}
    applications: Any = ()


def verdict(check: Any) -> Any:
    """Return True, False, or the code of the refusal.

    A crash of the suite counts as a refusal.
    """
    try:
        return bool(check())
    except PermissionDenied as error:
        return str(error.get_codes())
    except Exception:  # noqa: BLE001 - the suite raises many on odd claims
        return "jwt-decode-error"


def suites_verdict(encoded: str) -> Any:
    auth = JWTAuth(encoded)
    return verdict(lambda: auth.has_auth(SCOPE_KLANTEN_LEZEN, component="kc"))


def our_verdict(encoded: str) -> Any:
    request: Any = type("Request", (), {"jwt_auth": JWTAuth(encoded), "method": "GET"})
    return verdict(lambda: KlantenScopesRequired().has_permission(request, View()))


@pytest.mark.django_db
@hypothesis(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(registered, max_size=3), st.lists(tokens, min_size=1, max_size=8))
def test_the_verdict_is_the_suites(
    applications: list[Registered], encoded: list[str]
) -> None:
    with transaction.atomic():
        set_component("zrc")
        for identifier in ("a", "b", "A"):
            JWTSecret.objects.create(identifier=identifier, secret=SECRET)
        JWTSecret.objects.create(identifier="blank", secret="")
        for one in applications:
            row = Applicatie.objects.create(
                label="x",
                client_ids=one.client_ids,
                heeft_alle_autorisaties=one.has_all,
            )
            for component, labels in one.autorisaties:
                Autorisatie.objects.create(
                    applicatie=row, component=component, scopes=labels
                )
        # each refusal is logged with its traceback, and formatting that takes far
        # longer
        with capture_logs():
            for each in encoded:
                assert our_verdict(each) == suites_verdict(each)
        transaction.set_rollback(True)


def test_one_query(api: ApiClient) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert api.get(f"{URL}?klantnummer=none").status_code == 200
    suites = [
        query["sql"] for query in captured if "klanten_plugin" not in query["sql"]
    ]
    assert len(suites) == 1, suites


def test_switched_off(api: ApiClient, settings: Any) -> None:
    settings.KLANTEN_TOKEN_QUERY = False
    with CaptureQueriesContext(connection) as captured:
        assert api.get(f"{URL}?klantnummer=none").status_code == 200
    suites = [
        query["sql"] for query in captured if "klanten_plugin" not in query["sql"]
    ]
    assert len(suites) >= 3, suites


@pytest.mark.django_db
def test_a_check_of_the_hosts_own_is_left_to_it(api: ApiClient) -> None:
    """A subclass can refuse what the suite accepts."""

    class Stricter(JWTAuth):
        pass

    assert accept_token(JWTAuth(api.token))
    assert accept_token(Stricter(api.token)) is None


def test_changes_hold_at_once(api: ApiClient) -> None:
    assert api.get(URL).status_code == 200

    Autorisatie.objects.filter(component="kc").update(scopes=["klanten.aanmaken"])
    assert api.get(URL).status_code == 403
    Autorisatie.objects.filter(component="kc").update(scopes=["klanten.lezen"])
    assert api.get(URL).status_code == 200
    JWTSecret.objects.update(secret=OTHER_SECRET)
    assert api.get(URL).json()["code"] == "invalid-jwt-signature"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_made_anew(api: ApiClient) -> None:
    """As after a restart of PostgreSQL, without checking the connection beforehand."""
    kept: Any = connection
    was_enabled = kept.health_check_enabled
    try:
        kept.health_check_enabled, kept.health_check_done = True, False
        with CaptureQueriesContext(connection) as captured:
            assert api.get(f"{URL}?klantnummer=none").status_code == 200
        assert not [query for query in captured if query["sql"] == "SELECT 1"]

        # closed by the server, as when it stops
        kept.connection.pgconn.finish()
        kept.health_check_enabled, kept.health_check_done = True, False
        assert api.get(f"{URL}?klantnummer=none").status_code == 200
    finally:
        kept.health_check_enabled = was_enabled
