"""The callback accepts messages of our subscription, refuses others, and is fast."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

import jwt
import pytest
from zgw_consumers.models import Service

from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.rollen import inbox as meldingen, looks
from klanten_plugin.domain.rollen.inbox import MAX_AGE, forget_notifications
from klanten_plugin.models import (
    KlantenConfig,
    OutboxRow,
    ReceivedNotification,
    RolBron,
    UnknownRoot,
)
from klanten_plugin.sync.rollen.subscription import token
from tests.api_client import ApiClient, make_application

from .peers import RunningPeer

PATH = "/klanten/api/callbacks/notificaties"
SECRET = "the secret of the subscription, and of nobody else"


@pytest.fixture(autouse=True)
def subscription(db: Any) -> KlantenConfig:
    """The subscription that ``klanten_abonnement`` creates."""
    config = KlantenConfig.get_solo()
    config.abonnement_client_id = "klanten-abonnement"
    config.abonnement_secret = SECRET
    config.abonnement_kanalen = ["contactmomenten", "verzoeken"]
    config.save()
    service = Service.objects.create(
        slug="vrz", label="Verzoeken", api_root="https://vrz.nl/api/v1/"
    )
    config.verzoeken_services.add(service)
    OutboxRow.objects.all().delete()
    return config


def message(**fields: Any) -> dict[str, Any]:
    """Return a notification as Open Notificaties sends it. ``...`` omits a field."""
    body = {
        "kanaal": "verzoeken",
        "hoofdObject": "https://vrz.nl/api/v1/verzoeken/1",
        "resource": "klantverzoek",
        "resourceUrl": "https://vrz.nl/api/v1/klantverzoeken/2",
        "actie": "create",
        "aanmaakdatum": datetime.now(tz=UTC).isoformat(),
        "kenmerken": {"bronorganisatie": "123456782", "leeg": None},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not ...}


def deliver(body: Any, auth: str | None = None, **options: Any) -> Any:
    """POST to the callback like the Notificaties API."""
    auth = token(KlantenConfig.get_solo()) if auth is None else auth
    headers = {"Authorization": auth} if auth else {}
    content = options.pop("content", json.dumps(body))
    content_type = options.pop("content_type", "application/json")
    client = Client(raise_request_exception=False)
    return client.generic(
        options.pop("method", "POST"),
        PATH,
        content,
        content_type,
        headers=headers,
        **options,
    )


def waiting() -> int:
    return OutboxRow.objects.filter(kind=OutboxKind.ROL_CONTROLE).count()


def test_path() -> None:
    assert reverse("klanten-notificaties-callback") == PATH


def test_a_notification_is_written_down(django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        response = deliver(message())
    assert response.status_code == 204
    assert response.content == b""
    task = OutboxRow.objects.get()
    assert task.object_url == "https://vrz.nl/api/v1/klantverzoeken/2"
    assert task.payload == {"until": "there", "look": 0}
    # the row after it, so a second delivery is detected
    assert deliver(message()).status_code == 204


ELSEWHERE = "http://vrz.internal:8000/api/v1"


@pytest.mark.parametrize(
    ("fields", "roots"),
    [
        ({"resourceUrl": f"{ELSEWHERE}/klantverzoeken/2"}, {ELSEWHERE: 2}),
        (
            {"resource": "verzoek", "resourceUrl": f"{ELSEWHERE}/verzoeken/2"},
            {ELSEWHERE: 2},
        ),
        ({"resource": "zaak", "resourceUrl": f"{ELSEWHERE}/zaken/2"}, {}),
        ({"resourceUrl": "geen URL"}, {}),
        ({"resourceUrl": f"{ELSEWHERE}/klantverzoeken/2?x=y"}, {}),
    ],
)
def test_an_unknown_address_of_an_owner_is_counted(
    fields: dict[str, str], roots: dict[str, int]
) -> None:
    for _twice in range(2):
        assert deliver(message(**fields)).status_code == 204
    assert dict(UnknownRoot.objects.values_list("root", "count")) == roots
    assert waiting() == 0


def test_unknown_addresses_do_not_fill_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks, "MOST_UNKNOWN_ROOTS", 3)
    for number in range(5):
        url = f"http://vrz{number}.nl/klantverzoeken/2"
        assert deliver(message(resourceUrl=url)).status_code == 204
    assert UnknownRoot.objects.count() == 3


def test_the_address_of_an_alias_is_known() -> None:
    RolBron.objects.update(aliases=[f"{ELSEWHERE}/"])
    body = message(resourceUrl=f"{ELSEWHERE}/klantverzoeken/2")
    assert deliver(body).status_code == 204
    row = OutboxRow.objects.get()
    assert row.object_url == "https://vrz.nl/api/v1/klantverzoeken/2"
    assert not UnknownRoot.objects.exists()


def test_the_try_out_of_a_notificaties_api() -> None:
    for _twice in range(2):
        assert deliver(message(kanaal="test")).status_code == 204
    assert waiting() == 0


def test_the_age_of_the_token_says_nothing(subscription: KlantenConfig) -> None:
    """The token is the same for as long as the subscription exists."""
    for age in (-3600, 10 * 365 * 24 * 3600):
        claims = {"client_id": "klanten-abonnement", "iat": int(time.time()) - age}
        auth = "Bearer " + jwt.encode(claims, SECRET, algorithm="HS256")
        assert deliver(message(), auth).status_code == 204


OTHER = "another secret of more than thirty-two characters"
FORGED = {
    "none": "",
    "no bearer": "Basic abc",
    "empty": "Bearer ",
    "rubbish": "Bearer x.y.z",
    "other secret": "Bearer "
    + jwt.encode({"client_id": "klanten-abonnement"}, OTHER, algorithm="HS256"),
    "other client": "Bearer "
    + jwt.encode({"client_id": "demo"}, SECRET, algorithm="HS256"),
    "no client": "Bearer " + jwt.encode({}, SECRET, algorithm="HS256"),
    "unsigned": "Bearer "
    + jwt.encode({"client_id": "klanten-abonnement"}, None, algorithm="none"),
    "expired": "Bearer "
    + jwt.encode(
        {"client_id": "klanten-abonnement", "exp": 1}, SECRET, algorithm="HS256"
    ),
    "other algorithm": "Bearer "
    + jwt.encode({"client_id": "klanten-abonnement"}, SECRET * 2, algorithm="HS512"),
    "claims of another type": "Bearer "
    + jwt.encode({"client_id": ["klanten-abonnement"]}, SECRET, algorithm="HS256"),
    "huge": "Bearer " + "x" * 100_000,
}


@pytest.mark.parametrize("auth", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("kanaal", ["verzoeken", "test"])
def test_forged(auth: str, kanaal: str) -> None:
    response = deliver(message(kanaal=kanaal), auth)
    assert response.status_code == 403
    assert response.json()["status"] == 403
    assert waiting() == 0


def test_a_consumer_of_the_api_is_nobody_here(multi_component: None) -> None:
    client: ApiClient = make_application("all", "notificaties.publiceren")
    assert deliver(message(), f"Bearer {client.token}").status_code == 403


def test_without_subscription_nobody_is_anybody(subscription: KlantenConfig) -> None:
    subscription.abonnement_secret = ""
    subscription.save()
    auth = "Bearer " + jwt.encode(
        {"client_id": "klanten-abonnement"}, OTHER, algorithm="HS256"
    )
    assert deliver(message(), auth).status_code == 403


def test_replayed() -> None:
    body = message()
    assert deliver(body).status_code == 204
    response = deliver(body)
    assert response.status_code == 409
    assert response.json()["code"] == "already-received"
    assert deliver({**body, "kenmerken": {}}).status_code == 409
    assert waiting() == 1


def test_replayed_after_it_was_done_and_cleaned() -> None:
    body = message()
    deliver(body)
    OutboxRow.objects.all().delete()
    forget_notifications()
    assert deliver(body).status_code == 409
    assert waiting() == 0


@pytest.mark.parametrize(
    "moment",
    [
        "{0:%Y-%m-%dT%H:%M:%S}Z",
        "{0:%Y-%m-%dT%H:%M:%S}.000000+00:00",
        "{0:%Y-%m-%d %H:%M:%S}.0+00:00",
        "{1:%Y-%m-%dT%H:%M:%S}+02:00",
        "{2:%Y-%m-%dT%H:%M:%S}-05:30",
    ],
)
def test_replayed_with_its_moment_in_another_notation(moment: str) -> None:
    now = datetime.now(tz=UTC).replace(microsecond=0)
    body = message(aanmaakdatum=now.isoformat())
    assert deliver(body).status_code == 204
    there, elsewhere = now + timedelta(hours=2), now - timedelta(hours=5, minutes=30)
    body["aanmaakdatum"] = moment.format(now, there, elsewhere)
    assert deliver(body).status_code == 409


def test_a_flood_makes_no_more_rows_than_there_are_objects(
    bronnen: list[RolBron], vz: RunningPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has other contents, of which only the object is real."""
    monkeypatch.setattr(meldingen, "KEPT", 5)
    bron = bronnen[1]
    begun = datetime.now(tz=UTC)

    def flood(objects: int, times: int) -> tuple[int, int]:
        for number in range(objects * times):
            url = f"{bron.service.api_root}{vz.kind.relations}/{number % objects}"
            sent = begun - timedelta(seconds=number)
            body = message(
                resource=vz.kind.relation,
                resourceUrl=url,
                actie=("create", "update", "destroy", f"other {number}")[number % 4],
                aanmaakdatum=sent.isoformat(),
                kenmerken={"number": str(number)},
            )
            assert deliver(body).status_code in (204, 409)
        return ReceivedNotification.objects.count(), OutboxRow.objects.count()

    received, queued = flood(3, 8)
    assert received == 3
    # one check for each kind of actie
    assert queued
    # repeating them changes nothing
    begun += timedelta(minutes=10)
    assert flood(3, 12) == (received, queued)
    rows = ReceivedNotification.objects.all()
    assert all(len(row.fingerprints) == 5 for row in rows)


def test_what_is_forgotten_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meldingen, "BATCH", 2)
    body = message()
    for number in range(5):
        deliver(
            {**body, "resourceUrl": f"https://vrz.nl/api/v1/klantverzoeken/{number}"}
        )
    long_ago = datetime.now(tz=UTC) - timedelta(days=8)
    ReceivedNotification.objects.update(received_at=long_ago)
    assert forget_notifications() == 5
    old = deliver({**body, "aanmaakdatum": long_ago.isoformat()})
    assert old.status_code == 400


def test_who_is_ahead_of_us_is_remembered_for_longer() -> None:
    """Messages from a clock that is ahead are valid for correspondingly longer."""
    oldest = MAX_AGE
    sent = datetime.now(tz=UTC) - oldest + timedelta(minutes=5)
    body = message(aanmaakdatum=sent.isoformat())
    assert deliver(body).status_code == 204
    ReceivedNotification.objects.update(received_at=sent - timedelta(minutes=50))
    assert forget_notifications() == 0
    assert deliver(body).status_code == 409


WRONG = {
    "kanaal": ({"kanaal": "zaken"}, ("kanaal", "unknown-kanaal")),
    "no kanaal": ({"kanaal": ...}, ("kanaal", "required")),
    "kanaal of another type": ({"kanaal": ["test"]}, ("kanaal", "required")),
    "no URL": ({"resourceUrl": ...}, ("resourceUrl", "required")),
    "long URL": ({"resourceUrl": "x" * 1001}, ("resourceUrl", "invalid-length")),
    "empty resource": ({"resource": ""}, ("resource", "invalid-length")),
    "NUL": ({"resource": "a\0"}, ("resource", "required")),
    "no moment": ({"aanmaakdatum": "gisteren"}, ("aanmaakdatum", "invalid")),
    "no such moment": (
        {"aanmaakdatum": "2026-02-31T00:00:00Z"},
        ("aanmaakdatum", "invalid"),
    ),
    "no zone": ({"aanmaakdatum": "2026-01-01T00:00:00"}, ("aanmaakdatum", "invalid")),
    "old": ({"aanmaakdatum": "2020-01-01T00:00:00Z"}, ("aanmaakdatum", "not-timely")),
    "future": (
        {"aanmaakdatum": "2200-01-01T00:00:00Z"},
        ("aanmaakdatum", "not-timely"),
    ),
}


@pytest.mark.parametrize(("fields", "fault"), WRONG.values(), ids=WRONG)
def test_wrong(fields: dict[str, Any], fault: tuple[str, str]) -> None:
    response = deliver(message(**fields))
    assert response.status_code == 400
    params = response.json()["invalidParams"]
    assert [(param["name"], param["code"]) for param in params] == [fault]
    assert waiting() == 0


def test_a_clock_that_is_a_little_ahead_is_fine() -> None:
    soon = datetime.now(tz=UTC) + timedelta(minutes=5)
    assert deliver(message(aanmaakdatum=soon.isoformat())).status_code == 204


@pytest.mark.parametrize("content", ["", "x", "[]", "null", '{"a": 1, "a": 2}'])
def test_no_notification(content: str) -> None:
    assert deliver(None, content=content).status_code == 400


def test_oversized() -> None:
    response = deliver(message(kenmerken={"x": "y" * 70_000}))
    assert response.status_code == 413
    claimed = deliver(message(), CONTENT_LENGTH=str(10**9))
    assert claimed.status_code == 413
    assert waiting() == 0


def test_oversized_by_a_stranger_is_not_even_measured() -> None:
    assert deliver(message(x="y" * 70_000), "Bearer x").status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods(method: str) -> None:
    assert deliver(message(), method=method).status_code == 405


def test_other_media_types() -> None:
    assert deliver(message(), content_type="text/plain").status_code == 415
