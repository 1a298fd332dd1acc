"""``manage.py klanten_abonnement``, with a Notificaties API that tests the callback."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.core.management import CommandError, call_command

import jwt
import pytest
import requests
from zgw_consumers.models import Service

from klanten_plugin.models import KlantenConfig

from .test_callback import deliver, message

if not apps.is_installed("notifications_api_common"):
    pytest.skip("a host without notifications", allow_module_level=True)

ROOT = "http://nrc.example.nl/api/v1/"
CALLBACK = "http://testserver/klanten/api/callbacks/notificaties"


class Notificaties:
    """State of a Notificaties API, which tests a callback before accepting it."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.tried: list[int] = []

    def list(self, request: Any, context: Any) -> Any:
        return self.rows

    def save(self, request: Any, context: Any) -> Any:
        body = json.loads(request.body)
        test = message(kanaal="test")
        self.tried.append(deliver(test, "").status_code)
        self.tried.append(deliver(test, body["auth"]).status_code)
        if self.tried[-2:] != [403, 204]:
            context.status_code = 400
            return {"invalidParams": [{"name": "callbackUrl", "code": "invalid"}]}
        url = request.url if request.method == "PUT" else f"{ROOT}abonnement/1"
        self.rows = [{**body, "url": url}]
        context.status_code = 200 if request.method == "PUT" else 201
        return self.rows[0]


@pytest.fixture
def nrc(db: Any, requests_mock: Any) -> Notificaties:
    service = Service.objects.create(
        slug="nrc",
        label="NRC",
        api_root=ROOT,
        api_type="nrc",
        client_id="a",
        secret="a secret of more than thirty-two characters",
    )
    config: Any = apps.get_model(
        "notifications_api_common", "NotificationsConfig"
    ).get_solo()
    config.notifications_api_service = service
    config.save()
    nrc = Notificaties()
    requests_mock.get(f"{ROOT}abonnement", json=nrc.list)
    requests_mock.post(f"{ROOT}abonnement", json=nrc.save)
    requests_mock.put(f"{ROOT}abonnement/1", json=nrc.save)
    return nrc


def test_register(nrc: Notificaties, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("klanten_abonnement", "register")
    [row] = nrc.rows
    assert row["callbackUrl"] == CALLBACK
    assert [kanaal["naam"] for kanaal in row["kanalen"]] == [
        "contactmomenten",
        "verzoeken",
    ]
    assert nrc.tried == [403, 204]
    assert deliver(message(), row["auth"]).status_code == 204
    claims = {"iss": "klanten-abonnement", "client_id": "klanten-abonnement"}
    token, unverified = row["auth"].split()[1], {"verify_signature": False}
    assert jwt.decode(token, options=unverified) == claims
    output = capsys.readouterr().out
    assert KlantenConfig.get_solo().abonnement_secret not in output
    call_command("klanten_abonnement", "show")
    assert f"{ROOT}abonnement/1" in capsys.readouterr().out


def test_renew_gives_another_secret(nrc: Notificaties) -> None:
    call_command("klanten_abonnement", "register")
    old = nrc.rows[0]["auth"]
    call_command("klanten_abonnement", "renew")
    [row] = nrc.rows
    assert row["auth"].startswith("Bearer ")
    assert deliver(message(), row["auth"]).status_code == 204
    assert deliver(message(), old).status_code == 403


def test_show_says_what_is_missing(
    nrc: Notificaties, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        call_command("klanten_abonnement", "show")
    assert "ontbreekt" in capsys.readouterr().out
    call_command("klanten_abonnement", "register")
    nrc.rows[0]["kanalen"] = []
    with pytest.raises(SystemExit):
        call_command("klanten_abonnement", "show")


def test_a_refusal_leaves_the_old_subscription(
    nrc: Notificaties, requests_mock: Any
) -> None:
    call_command("klanten_abonnement", "register")
    old = nrc.rows[0]["auth"]
    refusal = {"invalidParams": [{"name": "kanalen.0.naam", "code": "invalid"}]}
    requests_mock.put(f"{ROOT}abonnement/1", json=refusal, status_code=400)
    with pytest.raises(CommandError, match=r"400 \(kanalen.0.naam invalid\)"):
        call_command("klanten_abonnement", "renew")
    assert deliver(message(), old).status_code == 204


@pytest.mark.parametrize("arrived", [True, False], ids=["answer lost", "lost"])
@pytest.mark.parametrize("renews", [True, False], ids=["renew", "register"])
def test_both_secrets_hold_after_an_answer_that_was_lost(
    nrc: Notificaties, requests_mock: Any, arrived: bool, renews: bool
) -> None:
    """It is unknown whether the Notificaties API has accepted the new secret."""
    if renews:
        call_command("klanten_abonnement", "register")
    sent = []

    def lose(request: Any, context: Any) -> Any:
        sent.append(json.loads(request.body))
        if arrived:
            url = f"{ROOT}abonnement/1"
            nrc.rows = [{**sent[0], "url": url}]
        raise requests.ReadTimeout

    old = [row["auth"] for row in nrc.rows]
    requests_mock.post(f"{ROOT}abonnement", text=lose)
    requests_mock.put(f"{ROOT}abonnement/1", text=lose)
    with pytest.raises(CommandError):
        call_command("klanten_abonnement", "renew")
    new = sent[0]["auth"]
    for auth in old:
        assert deliver(message(), auth).status_code == 204
    # delayed notifications arrive after the first one with the new secret
    for _time in range(2):
        assert deliver(message(), new).status_code == 204
    for auth in old:
        assert deliver(message(), auth).status_code == 403

    requests_mock.post(f"{ROOT}abonnement", json=nrc.save)
    requests_mock.put(f"{ROOT}abonnement/1", json=nrc.save)
    call_command("klanten_abonnement", "renew")
    assert deliver(message(), nrc.rows[0]["auth"]).status_code == 204
    assert deliver(message(), new).status_code == 403


def test_renewals_that_fail_send_the_same_secret(
    nrc: Notificaties, requests_mock: Any
) -> None:
    """So the one that arrived is always one of the two valid secrets."""
    call_command("klanten_abonnement", "register")
    requests_mock.put(f"{ROOT}abonnement/1", exc=requests.ReadTimeout)
    for _time in range(3):
        with pytest.raises(CommandError):
            call_command("klanten_abonnement", "renew")
    tokens = {
        json.loads(request.body)["auth"]
        for request in requests_mock.request_history[-6:]
        if request.method == "PUT"
    }
    assert len(tokens) == 1


@pytest.mark.parametrize(
    "answer",
    [{"text": "<html>"}, {"json": {}}, {"exc": requests.ConnectTimeout}],
    ids=["html", "other", "down"],
)
def test_rubbish(nrc: Notificaties, requests_mock: Any, answer: dict[str, Any]) -> None:
    requests_mock.post(f"{ROOT}abonnement", **answer)
    with pytest.raises(CommandError):
        call_command("klanten_abonnement", "register")
    assert KlantenConfig.get_solo().abonnement_secret == ""


def test_without_notificaties_api(db: Any) -> None:
    with pytest.raises(CommandError, match="geen Notificaties API"):
        call_command("klanten_abonnement", "show")
