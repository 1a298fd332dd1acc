"""The API in a host with every trait that is known to cause problems.

``tox -e hosts`` also runs the tests of the API in it. The tests here are only for this
host.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client

import pytest
from djangorestframework_camel_case.util import camelize
from vng_api_common.authorizations.models import AuthorizationsConfig

from tests.api_client import ROOT, URL, ApiClient, klant_body, make_application
from tests.bodies import KINDS, full_body
from tests.openapi.__main__ import main as update_document

pytestmark = pytest.mark.skipif(
    django_settings.ROOT_URLCONF != "klanten_plugin.contrib.urls",
    reason="another host: DJANGO_SETTINGS_MODULE=klanten_plugin.contrib.openzaak",
)


@pytest.mark.django_db
class TestTraits:
    """The host has these traits, without which the other tests prove nothing."""

    def test_settings(self, api: ApiClient) -> None:
        assert not hasattr(django_settings, "API_VERSION")
        assert not apps.is_installed("notifications_api_common")
        assert AuthorizationsConfig.get_solo().component != "kc"
        assert camelize({"sub_adres_1": 1}) == {"subAdres_1": 1}

    def test_its_own_pages(self) -> None:
        client = Client()
        page = client.get("/zaken/api/v1/zaken")
        assert page.headers["API-version"] == "1.5.1"
        assert page.headers["Content-Security-Policy"] == "default-src 'none'"
        assert "API-version" not in client.get("/elsewhere").headers


@pytest.mark.django_db
class TestAuthorisation:
    def test_the_component_is_kc(self, multi_component: None) -> None:
        client = make_application("kc", "klanten.lezen", "klanten.aanmaken")
        assert client.post(klant_body()).status_code == 201
        assert client.get().status_code == 200

    def test_another_component_is_another(self, multi_component: None) -> None:
        assert (
            make_application("zrc", "klanten.lezen", component="zrc").get().status_code
            == 403
        )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_names_are_the_documents(api: ApiClient, kind: Any) -> None:
    """The client validates responses against the document, digits in names included."""
    made = api.create(**full_body(kind))
    assert api.get(made["url"]).json() == made
    wrong = api.post({**full_body(kind), "subjectIdentificatie": 5})
    assert wrong.status_code == 400


def test_the_document_is_the_same_here() -> None:
    assert not update_document("--check")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", [URL, f"{ROOT}/nowhere", "/klanten/api/", f"{ROOT}/schema/"]
)
def test_the_version_is_our_own(api: ApiClient, path: str) -> None:
    response = api.get(path, documented=False)
    assert response.headers["API-version"] == "1.0.0"


@pytest.mark.django_db
def test_a_subpath(api: ApiClient) -> None:
    response = api.post(klant_body(), SCRIPT_NAME="/oz")
    assert response.status_code == 201
    assert response.json()["url"].startswith(f"http://testserver/oz{URL}/")
    assert response.headers["API-version"] == "1.0.0"
    assert response.headers["Location"] == response.json()["url"]


def test_redoc_has_a_policy_that_it_can_work_with() -> None:
    policy = Client().get(f"{ROOT}/schema/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'unsafe-inline';" in policy


@pytest.mark.django_db
class TestAdminIndex:
    SLUGS = ("accounts", "klanten")

    @property
    def groups(self) -> Any:
        return apps.get_model("admin_index", "AppGroup").objects

    def test_our_group_is_there_after_each_migrate(self) -> None:
        for _time in range(2):
            assert {*self.groups.values_list("slug", flat=True)} == {*self.SLUGS}
            call_command("migrate", verbosity=0)
        ours = self.groups.get(slug="klanten").models
        assert "klant" in ours.values_list("model", flat=True)

    def test_a_group_that_was_changed_stays_so(self) -> None:
        from klanten_plugin.contrib.admin_index import add_group

        self.groups.filter(slug="klanten").update(name="Burgers")
        add_group(connection.alias)
        assert self.groups.get(slug="klanten").name == "Burgers"

    def test_the_index_shows_it(self) -> None:
        user = get_user_model().objects.create_superuser("root")
        client = Client()
        client.force_login(user)
        page = client.get("/admin/").content.decode()
        assert "/admin/klanten_plugin/klant/" in page

    @pytest.mark.parametrize("path", ["klant/add/", "statuspage/"])
    def test_our_pages_have_its_tab_bar(self, path: str) -> None:
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("root"))
        page = client.get(f"/admin/klanten_plugin/{path}").content.decode()
        assert 'class="djai-dropdown-menu"' in page
        # and the page of the app is omitted, as in its other breadcrumbs
        crumbs = page.split('class="breadcrumbs"')[1].split("</div>")[0]
        assert 'href="/admin/klanten_plugin/"' not in crumbs
