"""Setting up the database of the demo host is idempotent."""

from itertools import chain

from django.apps import apps
from django.contrib.auth import get_user_model

import pytest
from rest_framework.test import APIClient
from vng_api_common.authorizations.models import (
    Applicatie,
    AuthorizationsConfig,
    Autorisatie,
)
from vng_api_common.authorizations.utils import generate_jwt
from vng_api_common.constants import ComponentTypes
from vng_api_common.models import JWTSecret

from klanten_plugin.setup_configuration.sections import apply_file
from testapp.demo.configuration import applications
from tests import demo

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("testapp"), reason="the commands are the full host's"
    ),
]

# HS256 requires keys of 32 bytes; one with the separator of the option in it
SECRETS = {
    "demo": "demo-secret-0123456789-0123456789-=",
    "lezer": "lezer-secret-0123456789-0123456789",
}
PASSWORD = "wachtwoord-van-de-demo"

KLANTEN = "/klanten/api/v1/klanten"
MEMOS = "/memos/api/v1/memos"


def set_up(domain="klanten.example.nl"):
    demo.set_up(domain=domain, admin_password=PASSWORD, applications=SECRETS)


def add_application(*scopes):
    apply_file(applications({"app": (SECRETS["demo"], scopes)}))


def client_of(name, secret=None):
    client = APIClient()
    token = generate_jwt(name, secret or SECRETS[name], "tester", "Een tester")
    client.credentials(HTTP_AUTHORIZATION=token)
    return client


def all_rows():
    models = (
        Applicatie,
        AuthorizationsConfig,
        Autorisatie,
        JWTSecret,
        apps.get_model("sites", "Site"),
        get_user_model(),
    )
    return list(chain(*(model.objects.order_by("pk").values() for model in models)))


def scopes_of(client_id):
    rows = Autorisatie.objects.filter(applicatie__client_ids=[client_id])
    return {row.component: row.scopes for row in rows}


def test_twice_is_the_same_as_once():
    set_up()
    once = all_rows()

    set_up()

    assert all_rows() == once


def test_the_host_is_of_another_component_than_the_plugin():
    set_up()

    assert AuthorizationsConfig.get_solo().component == ComponentTypes.zrc
    assert set(scopes_of("demo")) == {ComponentTypes.kc}


def test_a_site_gets_its_new_domain():
    set_up()

    set_up(domain="klanten.example.org:8443")

    site = apps.get_model("sites", "Site").objects.get_current()
    assert site.domain == "klanten.example.org:8443"


def test_the_admin_can_log_in(client):
    set_up()

    assert client.login(username="admin", password=PASSWORD)
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("lezer", "get", KLANTEN, 200),
        ("lezer", "post", KLANTEN, 403),
        ("demo", "get", KLANTEN, 200),
        # it has permission, but an empty klant is invalid
        ("demo", "post", KLANTEN, 400),
    ],
)
def test_what_the_applications_may(name, method, path, status):
    set_up()

    response = getattr(client_of(name), method)(path, {}, format="json")

    assert response.status_code == status


@pytest.mark.urls("tests.testapp.other_api")
def test_another_component_works_beside_the_plugin():
    set_up()
    add_application("klanten.lezen")
    application = Applicatie.objects.get(client_ids=["app"])
    Autorisatie.objects.create(
        applicatie=application, component=ComponentTypes.zrc, scopes=["memos.lezen"]
    )
    # the scopes of the one component leave those of the other alone
    add_application("audittrails.lezen", "klanten.lezen")
    client = client_of("app", SECRETS["demo"])

    found, refused = client.get(MEMOS), client.post(MEMOS, {}, format="json")

    assert (found.status_code, found["API-version"]) == (200, "2.7.0")
    assert refused.status_code == 403
    assert client.get(KLANTEN)["API-version"] == "1.0.0"
    assert client_of("lezer").get(MEMOS).status_code == 403


def test_an_application_has_exactly_its_last_scopes():
    add_application("klanten.lezen", "klanten.aanmaken")

    add_application("audittrails.lezen")

    assert scopes_of("app") == {ComponentTypes.kc: ["audittrails.lezen"]}
    assert client_of("app", SECRETS["demo"]).get(KLANTEN).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/ref/fouten/PermissionDenied/",
        "/ref/scopes/",
    ],
)
def test_pages_that_answers_link_to(client, path):
    assert client.get(path).status_code == 200
