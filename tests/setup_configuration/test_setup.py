"""One file configures everything, with our command or django-setup-configuration."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

import pytest
import yaml
from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.models import JWTSecret
from zgw_consumers.models import Service

from klanten_plugin.models import KlantenConfig, NhrBron, RolBron
from tests.api_client import ApiClient, make_token
from tests.notificaties import needs_notifications

from .files import FULL, SECRET, changed

pytestmark = pytest.mark.django_db

Run = Callable[..., str]


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Apply a file, and return the output of the command."""
    monkeypatch.setenv("TEST_SECRET", SECRET)

    def run(content: Any = FULL, *options: str) -> str:
        path = tmp_path / "klanten.yaml"
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, encoding="utf-8")
        output = io.StringIO()
        call_command("klanten_setup", str(path), *options, stdout=output)
        return output.getvalue()

    return run


def everything() -> list[list[dict[str, Any]]]:
    """Return all rows that a file can configure."""
    config = KlantenConfig.get_solo()
    return [
        list(Service.objects.order_by("pk").values()),
        list(KlantenConfig.objects.values()),
        list(config.contactmomenten_services.values("pk")),
        list(config.verzoeken_services.values("pk")),
        list(config.subject_services.values("pk")),
        list(NhrBron.objects.order_by("pk").values()),
        list(JWTSecret.objects.order_by("pk").values()),
        list(Applicatie.objects.order_by("pk").values()),
        list(Autorisatie.objects.order_by("pk").values()),
    ]


def test_everything(setup: Run) -> None:
    printed = setup()

    config = KlantenConfig.get_solo()
    service = config.contactmomenten_services.get()
    assert (service.slug, service.secret) == ("contactmomenten", SECRET)
    # in the form that all readers expect
    assert service.api_root == "https://contactmomenten.example.nl/api/v1/"
    assert config.nhr_mutatieservice.slug == "kvk"
    assert config.rollen_beleid == "remove"
    bron = RolBron.objects.get()
    assert bron.aliases == ["http://contactmomenten.internal:8080/api/v1"]
    assert config.subject_services.get().slug == "contactmomenten"
    bronnen = NhrBron.objects.values_list("soort", "service__slug", "active")
    assert list(bronnen) == [("kvk", "kvk", True), ("eigen", None, False)]
    # the mirror of roles has the configured services
    assert RolBron.objects.get().service == service
    assert SECRET not in printed
    assert printed.splitlines() == [
        "service contactmomenten: aangemaakt",
        "service kvk: aangemaakt",
        "configuratie: gewijzigd",
        "applicatie kiss: aangemaakt",
    ]


def test_the_application_may_do_what_it_says(setup: Run, multi_component: None) -> None:
    setup()
    client = ApiClient(make_token("kiss", SECRET))
    assert client.get().status_code == 200
    assert client.post({}).status_code == 403


def test_a_second_time_changes_nothing(setup: Run) -> None:
    setup()
    before = everything()
    printed = setup()
    assert everything() == before
    assert {line.split(": ")[1] for line in printed.splitlines()} == {"ongewijzigd"}


def test_a_change_is_made(setup: Run) -> None:
    setup()
    setup(
        changed(
            "klanten_config.nhr_bronnen", FULL["klanten_config"]["nhr_bronnen"][::-1]
        )
    )
    assert list(NhrBron.objects.values_list("soort", flat=True)) == ["eigen", "kvk"]
    setup(changed("klanten_config.nhr_bronnen", []))
    assert not NhrBron.objects.exists()
    setup(changed("klanten_config.contactmomenten", []))
    assert not KlantenConfig.get_solo().contactmomenten_services.exists()
    printed = setup(changed("klanten_applicaties.applicaties.0.scopes", []))
    assert "applicatie kiss: gewijzigd" in printed
    assert not Autorisatie.objects.exists()


def test_what_is_left_out_stays(setup: Run) -> None:
    setup()
    before = everything()
    setup({"klanten_config": {}})
    assert everything() == before


def test_permissions_on_other_components_stay(setup: Run) -> None:
    applicatie = Applicatie.objects.create(client_ids=["x", "kiss"], label="Mine")
    Autorisatie.objects.create(
        applicatie=applicatie, component="zrc", scopes=["zaken.lezen"]
    )
    setup(changed("klanten_applicaties.applicaties.0.label", ...))
    applicatie.refresh_from_db()
    assert (applicatie.client_ids, applicatie.label) == (["x", "kiss"], "Mine")
    rows = applicatie.autorisaties.order_by("component")
    assert [row.component for row in rows] == ["kc", "zrc"]


def test_a_secret_that_is_there_needn_t_be_given(setup: Run) -> None:
    without = changed("klanten_applicaties.applicaties.0.secret", ...)
    with pytest.raises(CommandError, match="applicatie kiss: geef een secret"):
        setup(without)
    setup()
    setup(without)
    assert JWTSecret.objects.get(identifier="kiss").secret == SECRET


def test_check_keeps_nothing(setup: Run) -> None:
    before = everything()
    printed = setup(FULL, "--check")
    assert "service kvk: aangemaakt" in printed
    assert everything() == before


def test_a_section_can_be_switched_off(setup: Run) -> None:
    printed = setup(changed("klanten_applicaties_enable", False))
    assert "applicatie" not in printed
    assert not Applicatie.objects.exists()


@needs_notifications
def test_notifications(setup: Run) -> None:
    chosen = {"klanten_config": {"notificaties": "contactmomenten"}}
    setup()
    with pytest.raises(CommandError, match="geef service contactmomenten api_type nrc"):
        setup(chosen)
    setup(changed("klanten_services.services.0.api_type", "nrc"))
    config = apps.get_model("notifications_api_common", "NotificationsConfig")
    config.objects.all().delete()  # as in a host that never saved it
    printed = setup(chosen)
    assert "notificaties: gewijzigd" in printed
    assert config.get_solo().notifications_api_service.slug == "contactmomenten"
    assert "notificaties: ongewijzigd" in setup(chosen)


def test_a_host_without_notifications(setup: Run, settings: Any) -> None:
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "notifications_api_common"
    ]
    with pytest.raises(CommandError, match="notifications_api_common is niet"):
        setup({"klanten_config": {"notificaties": None}})


FIRST = "klanten_services.services.0"
WRONG = [
    (f"{FIRST}.identifier", "geen slug!", "services[0].identifier"),
    (f"{FIRST}.identifier", ..., "services[0].identifier"),
    (f"{FIRST}.api_root", "ftp://x", "services[0].api_root"),
    (f"{FIRST}.api_root", "https://api.kvk.example.nl/api", "service kvk.api_root"),
    (f"{FIRST}.auth_type", SECRET, "no_auth, api_key, zgw"),
    (f"{FIRST}.timeout", 0, "services[0].timeout"),
    (f"{FIRST}.secrett", SECRET, "services[0].secrett: bestaat hier niet"),
    (f"{FIRST}.secret", {"value_from": {"env": "NOT_SET"}}, "NOT_SET is leeg"),
    (f"{FIRST}.secret", {"value_from": "TEST_SECRET"}, "value_from vraagt om env"),
    (f"{FIRST}.secret", [SECRET], "services[0].secret"),
    ("klanten_services.services.1.header_key", "", "service kvk"),
    ("klanten_services", [], "klanten_services"),
    ("klanten_services", None, "klanten_services"),
    ("klanten_services.services", 5, "klanten_services.services"),
    ("klanten_config.verzoeken", ["nergens"], "identifier nergens"),
    ("klanten_config.rollen_aliassen", ["x"], "rollen_aliassen"),
    ("klanten_config.rollen_bronnen.0.service", "kvk", "service kvk is niet gekozen"),
    ("klanten_config.rollen_bronnen.0.aliassen", ["x"], "rollen_bronnen[0].aliassen"),
    ("klanten_config.rollen_beleid", "weg", "kies uit: keep, remove"),
    ("klanten_config.nhr_bronnen.0.service", None, "nhr_bronnen[0]"),
    ("klanten_config.nhr_bronnen.1.klasse", "", "nhr_bronnen[1]"),
    ("klanten_config.nhr_bronnen.0.soort", "x", "nhr_bronnen[0].soort"),
    (
        "klanten_applicaties.applicaties.0.scopes",
        ["zaken.lezen"],
        "scopes[0]: kies uit",
    ),
    ("klanten_applicaties.applicaties.0.secret", "", "applicaties[0].secret"),
    ("klanten_servces", {}, "klanten_servces: bestaat niet"),
]


@pytest.mark.parametrize(("path", "value", "expected"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_done(
    setup: Run, path: str, value: Any, expected: str
) -> None:
    before = everything()
    with pytest.raises(CommandError) as caught:
        setup(changed(path, value))
    assert expected in str(caught.value)
    assert SECRET not in str(caught.value)
    assert everything() == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "geen secties"),
        ("- 1", "geen secties"),
        ("a: 1", "geen sectie die iets instelt"),
        (f"secret: {SECRET}\n  b: c: d", "regel 2: geen YAML"),
        ("a: !!python/object:os.system {}", "geen YAML"),
        ("[" * 1200, "geen YAML"),
        ("a: \x00", "geen YAML"),
    ],
)
def test_a_file_that_is_none(setup: Run, text: str, expected: str) -> None:
    with pytest.raises(CommandError) as caught:
        setup(text)
    assert expected in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="niet te lezen"):
        call_command("klanten_setup", str(tmp_path / name))


def test_a_database_that_is_not_migrated(setup: Run) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE klanten_plugin_klantenconfig RENAME TO elsewhere")
    with pytest.raises(CommandError, match="niet gemigreerd"):
        setup()


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: \xff")
    with pytest.raises(CommandError, match="geen YAML in UTF-8"):
        call_command("klanten_setup", str(tmp_path / "x.yaml"))


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ({"env": "TEST_SECRET", "default": "x"}, SECRET),
        ({"env": "NOT_SET", "default": "x"}, "x"),
        ({"env": "NOT_SET", "required": False}, ""),
    ],
)
def test_values_from_the_environment(setup: Run, reference: Any, value: str) -> None:
    setup(changed("klanten_config.nhr_abonnement", {"value_from": reference}))
    assert KlantenConfig.get_solo().nhr_abonnement == value


class TestDjangoSetupConfiguration:
    """The same file, with that package."""

    @pytest.fixture
    def follow(self, setup: Run, settings: Any, tmp_path: Path) -> Run:
        pytest.importorskip("django_setup_configuration")
        from klanten_plugin.contrib.mount import STEPS

        settings.INSTALLED_APPS = [
            *settings.INSTALLED_APPS,
            "django_setup_configuration",
        ]
        settings.SETUP_CONFIGURATION_STEPS = list(STEPS)

        def run(content: Any = FULL) -> str:
            path = tmp_path / "klanten.yaml"
            path.write_text(yaml.safe_dump(content), encoding="utf-8")
            output = io.StringIO()
            call_command(
                "setup_configuration",
                yaml_file=str(path),
                stdout=output,
                stderr=output,
            )
            return output.getvalue()

        return run

    def test_the_result_is_the_same(self, follow: Run, setup: Run) -> None:
        printed = follow()
        assert SECRET not in printed
        before = everything()
        follow()
        assert everything() == before
        assert set(re.findall(r": (\w+)$", setup(), re.MULTILINE)) == {"ongewijzigd"}

    def test_what_is_wrong_is_named(self, follow: Run) -> None:
        before = everything()
        with pytest.raises(CommandError) as caught:
            follow(changed("klanten_applicaties.applicaties.0.scopes", ["x"]))
        assert "scopes[0]" in str(caught.value.__cause__)
        assert everything() == before
