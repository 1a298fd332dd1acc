"""The tokens are JWTs that the suite's own library accepts."""

from __future__ import annotations

import jwt
import pytest

from testapp.launcher.tokens import client_for_scopes, make_token, split_scopes

SECRET = "s" * 64


def test_a_jwt_library_reads_the_claims() -> None:
    token = make_token("demo", SECRET, now=1_700_000_000.9)

    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256"}
    assert jwt.decode(token, SECRET, ["HS256"], {"verify_iat": False}) == {
        "iss": "demo",
        "iat": 1_700_000_000,
        "client_id": "demo",
        "user_id": "demo",
        "user_representation": "demo",
    }


def test_another_secret_does_not_fit() -> None:
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(make_token("demo", SECRET), "t" * 64, ["HS256"])


@pytest.mark.parametrize(
    "text",
    [
        "klanten.lezen,klanten.aanmaken",
        "klanten.aanmaken klanten.lezen",
        " klanten.lezen, klanten.aanmaken, klanten.lezen,",
    ],
)
def test_scopes_in_any_notation_make_the_same_client(text: str) -> None:
    scopes = split_scopes(text)

    assert scopes == ["klanten.aanmaken", "klanten.lezen"]
    assert client_for_scopes(scopes) == client_for_scopes(
        ["klanten.aanmaken", "klanten.lezen"]
    )


def test_other_scopes_make_another_client_that_fits_its_column() -> None:
    all_scopes = [f"klanten.{each}" for each in ("lezen", "aanmaken", "verwijderen")]
    clients = {client_for_scopes(all_scopes[:count]) for count in (1, 2, 3)}

    assert len(clients) == 3
    assert max(len(client) for client in clients) <= 50
