"""HTTP caching: the ETag of a klant and of an audit line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

import pytest
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.models import Klant, KlantAdres, VerblijfsAdres, Vestiging
from tests.api_client import ApiClient
from tests.bodies import KINDS, full_body

STRONG = re.compile(r'"[0-9a-f]{16,}"')


def etag_of(api: ApiClient, url: str, **options: Any) -> str:
    """Return the ETag of a plain GET."""
    response = api.get(url, **options)
    assert response.status_code == 200
    etag: str = response.headers["ETag"]
    assert STRONG.fullmatch(etag)
    return etag


def row_of(klant: dict[str, Any]) -> Klant:
    """Return the row of the klant in a response."""
    return Klant.objects.get(uuid=klant["url"].rsplit("/", 1)[1])


@pytest.fixture
def vestiging(api: ApiClient) -> dict[str, Any]:
    """A vestiging with all groups."""
    created: dict[str, Any] = api.post(full_body("vestiging")).json()
    return created


Change = Callable[[ApiClient, dict[str, Any]], object]


def patch(**values: Any) -> Change:
    """Change it through the API."""

    def change(api: ApiClient, klant: dict[str, Any]) -> None:
        assert api.patch(klant["url"], values).status_code == 200

    return change


def through_orm(change: Callable[[Klant], object]) -> Change:
    """Change it like a worker, the admin or a command."""
    return lambda _api, klant: change(row_of(klant))


def sql(statement: str) -> Change:
    """Change it like a user of ``psql``."""

    def change(_api: ApiClient, klant: dict[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [row_of(klant).pk])
            assert cursor.rowcount == 1

    return change


def save(row: Any, **values: Any) -> None:
    """Set these attributes, and save the complete row."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


NEW_ADRES = {"aoa_identificatie": "1", "gor_openbare_ruimte_naam": "A"}
BUITENLAND = "subVerblijfBuitenland"

CHANGES: dict[str, Change] = {
    "API: field": patch(achternaam="Anders"),
    "API: klantnummer": patch(klantnummer="Kn-2"),
    "API: group": patch(adres={"huisnummer": None}),
    "API: group removed": patch(adres=None),
    "API: subject": patch(subjectIdentificatie={"handelsnaam": []}),
    "API: group of the subject": patch(
        subjectIdentificatie={BUITENLAND: {"lndLandcode": "1", "lndLandnaam": "A"}}
    ),
    "API: group of the subject removed": patch(
        subjectIdentificatie={"verblijfsadres": None}
    ),
    "ORM: field": through_orm(lambda klant: save(klant, voornaam="Anders")),
    "ORM: group": through_orm(lambda klant: save(klant.adres, postcode="")),
    "ORM: group removed": through_orm(lambda klant: klant.adres.delete()),
    "ORM: subject": through_orm(
        lambda klant: save(klant.subject_vestiging, vestigings_nummer="2")
    ),
    "ORM: subject removed": through_orm(lambda klant: klant.subject_vestiging.delete()),
    "ORM: group of the subject": through_orm(
        lambda klant: save(klant.subject_vestiging.verblijfsadres, aoa_postcode="")
    ),
    "ORM: group of the subject removed": through_orm(
        lambda klant: klant.subject_vestiging.sub_verblijf_buitenland.delete()
    ),
    "QuerySet: field": through_orm(
        lambda klant: Klant.objects.filter(pk=klant.pk).update(functie="Anders")
    ),
    "QuerySet: group": through_orm(
        lambda klant: KlantAdres.objects.update(straatnaam="Anders")
    ),
    "QuerySet: subject": through_orm(
        lambda klant: Vestiging.objects.update(handelsnaam=["Anders"])
    ),
    "QuerySet: group of the subject": through_orm(
        lambda klant: VerblijfsAdres.objects.update(aoa_huisnummer=None)
    ),
    "QuerySet: group removed": through_orm(
        lambda klant: KlantAdres.objects.filter(klant=klant).delete()
    ),
    "SQL: field": sql(
        "UPDATE klanten_plugin_klant SET website_url = 'http://a.nl' WHERE id = %s"
    ),
    "SQL: group": sql(
        "UPDATE klanten_plugin_klantadres SET huisletter = '' WHERE klant_id = %s"
    ),
    "SQL: group removed": sql(
        "DELETE FROM klanten_plugin_klantadres WHERE klant_id = %s"
    ),
    "SQL: group of the subject": sql(
        "UPDATE klanten_plugin_subverblijfbuitenland SET lnd_landnaam = 'Anders'"
        " WHERE vestiging_id = (SELECT id FROM klanten_plugin_vestiging"
        "                       WHERE klant_id = %s)"
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes_with_every_change(
    api: ApiClient, vestiging: dict[str, Any], name: str
) -> None:
    before = etag_of(api, vestiging["url"])

    CHANGES[name](api, vestiging)

    assert api.get(vestiging["url"]).json() != vestiging, "nothing changed"
    response = api.get(vestiging["url"], headers={"If-None-Match": before})
    assert response.status_code == 200
    after = response.headers["ETag"]
    assert after != before
    assert etag_of(api, vestiging["url"]) == after


ADDED: dict[str, Change] = {
    "API: adres": patch(adres={"huisnummer": 1}),
    "API: verblijfsadres": patch(
        subjectIdentificatie={
            "verblijfsadres": {"aoaIdentificatie": "1", "gorOpenbareRuimteNaam": "A"}
        }
    ),
    "ORM: adres": through_orm(lambda klant: KlantAdres.objects.create(klant=klant)),
    "ORM: verblijfsadres": through_orm(
        lambda klant: VerblijfsAdres.objects.create(
            vestiging=klant.subject_vestiging, **NEW_ADRES
        )
    ),
    "ORM: verblijfsadres in bulk": through_orm(
        lambda klant: VerblijfsAdres.objects.bulk_create(
            [VerblijfsAdres(vestiging=klant.subject_vestiging, **NEW_ADRES)]
        )
    ),
    "SQL: verblijfsadres": sql(
        "INSERT INTO klanten_plugin_subverblijfbuitenland (vestiging_id, lnd_landcode,"
        " lnd_landnaam, sub_adres_buitenland_1, sub_adres_buitenland_2,"
        " sub_adres_buitenland_3) SELECT id, '1', 'A', '', '', ''"
        " FROM klanten_plugin_vestiging WHERE klant_id = %s"
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_changes_with_every_group_that_is_added(api: ApiClient, name: str) -> None:
    klant = api.create(
        subjectType="vestiging", subjectIdentificatie={"vestigingsNummer": "1"}
    )
    before = etag_of(api, klant["url"])

    ADDED[name](api, klant)

    assert api.get(klant["url"]).json() != klant, "nothing changed"
    assert etag_of(api, klant["url"]) != before


SAME: dict[str, Change] = {
    "read": lambda api, klant: [api.get(klant["url"]), api.get(), api.head()],
    "audit trail read": lambda api, klant: api.audit_lines(klant),
    "API: nothing": patch(),
    "API: same values": patch(achternaam="Boom", adres={"huisnummer": 117}),
    "API: nothing in groups": patch(adres={}, subjectIdentificatie={}),
    "API: refused": lambda api, klant: api.patch(klant["url"], {"voornaam": None}),
    "API: another klant": lambda api, klant: api.post(
        full_body("vestiging") | {"klantnummer": "2"}
    ),
    "ORM: same values": through_orm(lambda klant: klant.save()),
    "ORM: same values in groups": through_orm(
        lambda klant: [klant.adres.save(), klant.subject_vestiging.save()]
    ),
    "changed, and changed back": lambda api, klant: [
        patch(achternaam="Anders", adres=None)(api, klant),
        etag_of(api, klant["url"]),
        patch(achternaam="Boom", adres=klant["adres"])(api, klant),
    ],
}


@pytest.mark.parametrize("name", SAME)
def test_changes_with_nothing_else(
    api: ApiClient, vestiging: dict[str, Any], name: str
) -> None:
    before = etag_of(api, vestiging["url"])

    SAME[name](api, vestiging)

    assert etag_of(api, vestiging["url"]) == before


def test_what_was_read_long_ago_does_not_bring_its_etag_back(
    api: ApiClient, vestiging: dict[str, Any]
) -> None:
    before = etag_of(api, vestiging["url"])
    stale = row_of(vestiging)
    patch(adres={"straatnaam": "Anders"})(api, vestiging)
    after = etag_of(api, vestiging["url"])

    stale.save()  # the row itself has the same values, but the column is in the UPDATE

    assert etag_of(api, vestiging["url"]) == after != before
    assert stale.etag not in after


def test_what_was_read_long_ago_and_changes_the_klant(
    api: ApiClient, vestiging: dict[str, Any]
) -> None:
    etag_of(api, vestiging["url"])
    stale = row_of(vestiging)
    patch(achternaam="Anders")(api, vestiging)
    after = etag_of(api, vestiging["url"])

    stale.save()

    assert api.get(vestiging["url"]).json() == vestiging
    assert etag_of(api, vestiging["url"]) != after


def test_nobody_can_set_it(api: ApiClient, klant: dict[str, Any]) -> None:
    before = etag_of(api, klant["url"])

    for value in ("", "x", "!1", f"!1:{'0' * 32}"):
        Klant.objects.update(etag=value)
        assert etag_of(api, klant["url"]) == before


def test_klanten_that_look_alike_have_their_own(api: ApiClient) -> None:
    etags = {
        etag_of(api, api.create(klantnummer="1", bronorganisatie=number)["url"])
        for number in ("123456782", "517439943")
    }

    assert len(etags) == 2


# --- one klant at several URLs

ELSEWHERE: list[dict[str, Any]] = [
    {"HTTP_HOST": "klanten.example.nl"},
    {"HTTP_HOST": "KLANTEN.example.nl:8080"},
    {"SERVER_NAME": "nlx.example.nl"},
    {"SERVER_PORT": "8443"},
    {"secure": True},
    {"secure": True, "HTTP_HOST": "klanten.example.nl"},
    {"SCRIPT_NAME": "/suite"},
    {"SCRIPT_NAME": "/suite/klanten"},
]


@pytest.fixture
def _any_host(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.usefixtures("_any_host")
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize("resource", ["klant", "line"])
def test_is_another_one_elsewhere(
    api: ApiClient, klant: dict[str, Any], resource: str, elsewhere: dict[str, Any]
) -> None:
    path = urlsplit(klant["url"]).path
    if resource == "line":
        path += f"/audittrail/{api.audit_lines(klant)[0]['uuid']}"
    here = etag_of(api, path)

    there = etag_of(api, path, **elsewhere)

    assert there != here
    # each has its own ETag, and refuses the other's
    for options, own, other in ((elsewhere, there, here), ({}, here, there)):
        headers = {"If-None-Match": own}
        assert api.get(path, headers=headers, **options).status_code == 304
        headers = {"If-None-Match": other}
        assert api.get(path, headers=headers, **options).status_code == 200
    assert etag_of(api, path, **elsewhere) == there


@pytest.mark.usefixtures("_any_host")
@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_the_url_says_where_it_was_asked(
    api: ApiClient, klant: dict[str, Any], elsewhere: dict[str, Any]
) -> None:
    path = urlsplit(klant["url"]).path

    shown = api.get(path, **elsewhere).json()

    parts = urlsplit(shown["url"])
    assert parts.path == f"{elsewhere.get('SCRIPT_NAME', '')}{path}"
    assert parts.scheme == ("https" if elsewhere.get("secure") else "http")
    assert shown == {**klant, "url": shown["url"]}
    assert shown["url"] != klant["url"]


def test_the_way_the_path_is_written_makes_no_difference(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    root, identifier = klant["url"].rsplit("/", 1)
    etag = etag_of(api, klant["url"])

    variant = f"{root}/{identifier.replace('-', '').upper()}"

    assert etag_of(api, variant) == etag
    assert etag_of(api, f"{klant['url']}?onbekend=1") == etag
    response = api.get(variant, headers={"If-None-Match": etag})
    assert response.status_code == 304
    # it would be the length of the 200 (RFC 9110, 8.6), not 0
    assert "Content-Length" not in response.headers


# --- If-None-Match

MATCHES = [
    "{etag}",
    " {etag} ",
    '"a", {etag}',
    '{etag}, "a"',
    '"a",{etag},"b"',
    'W/"a", {etag}',
    "W/{etag}",
    'W/{etag}, "a"',
    "*",
    " * ",
    '"a,b", {etag}',
]
MISSES = [
    "",
    " ",
    ",",
    '""',
    '"a"',
    '"a", "b"',
    'W/"a"',
    "{bare}",
    "W/{bare}",
    "'{bare}'",
    '"{bare}',
    '{bare}"',
    'w/"{bare}"',
    '"*"',
    "**",
    '"{bare}x"',
    '"{upper}"',
    "rubbish",
    "\xff\x00",
    "a" * 10_000,
]


@pytest.mark.parametrize(
    ("header", "status"),
    [*((header, 304) for header in MATCHES), *((header, 200) for header in MISSES)],
)
def test_if_none_match(
    api: ApiClient, klant: dict[str, Any], header: str, status: int
) -> None:
    line = f"{klant['url']}/audittrail/{api.audit_lines(klant)[0]['uuid']}"
    for url in (klant["url"], line):
        full = api.get(url)
        etag = full.headers["ETag"]
        bare = etag.strip('"')
        sent = header.format(etag=etag, bare=bare, upper=bare.upper())

        for method in ("GET", "HEAD"):
            response = api.request(method, url, headers={"If-None-Match": sent})

            assert response.status_code == status
            assert response.headers["ETag"] == etag
            if status == 200:
                assert dict(response.headers) == dict(full.headers)
                assert response.content == (full.content if method == "GET" else b"")
            if status == 304:
                assert response.content == b""
                assert "Content-Type" not in response.headers
                for name in ("Vary", "Cache-Control", "API-version"):
                    assert response.headers[name] == full.headers[name]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_304_costs(
    api: ApiClient, own_queries: Callable[[], Any], kind: str
) -> None:
    klant = api.post(full_body(kind)).json()
    headers = {"If-None-Match": f'"a", {etag_of(api, klant["url"])}'}

    with own_queries() as queries:
        assert api.get(klant["url"], headers=headers).status_code == 304

    assert len(queries) == 1, queries
    # of a single column, without groups
    assert "bedrijfsnaam" not in queries[0]
    assert "JOIN" not in queries[0]


def test_what_a_304_of_a_line_costs(
    api: ApiClient, klant: dict[str, Any], own_queries: Callable[[], Any]
) -> None:
    url = f"{klant['url']}/audittrail/{api.audit_lines(klant)[0]['uuid']}"
    headers = {"If-None-Match": etag_of(api, url)}

    with own_queries() as queries:
        assert api.get(url, headers=headers).status_code == 304

    # the line, which exists only as long as its klant does
    assert len(queries) == 1, queries


def test_a_version_that_has_passed_gets_the_new_one(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    before = etag_of(api, klant["url"])
    patch(achternaam="Anders")(api, klant)

    # once before the hash is stored, and once after
    for _time in range(2):
        response = api.get(klant["url"], headers={"If-None-Match": f'"a", {before}'})
        normal = api.get(klant["url"])
        assert response.status_code == 200
        assert response.json() == {**klant, "achternaam": "Anders"}
        assert response.headers["ETag"] != before
        assert dict(response.headers) == dict(normal.headers)


def an_audit_line(api: ApiClient, klant: dict[str, Any]) -> tuple[str, Any]:
    """Return the URL of an audit line of a klant, and its row."""
    (line,) = api.audit_lines(klant)
    rows = AuditTrail.objects.filter(uuid=line["uuid"])
    return f"{klant['url']}/audittrail/{line['uuid']}", rows


UNSEEN = {"request_id": "another", "logrecord_id": "another"}
"""Columns of an audit line that aren't in its JSON."""


def test_the_etag_of_an_audit_line_is_of_its_json(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    url, rows = an_audit_line(api, klant)
    before = etag_of(api, url)
    columns = {field.column for field in AuditTrail._meta.fields}

    unseen = {name: value for name, value in UNSEEN.items() if name in columns}
    assert unseen
    rows.update(**unseen)
    assert etag_of(api, url) == before
    rows.update(nieuw={**rows.get().nieuw, "achternaam": "Anders"})
    assert etag_of(api, url) != before


def test_right_after_a_change(api: ApiClient, klant: dict[str, Any]) -> None:
    before = etag_of(api, klant["url"])
    patch(achternaam="Anders")(api, klant)
    patch(achternaam="")(api, klant)

    # the hash isn't stored yet, but is the same as before
    response = api.get(klant["url"], headers={"If-None-Match": before})

    assert response.status_code == 304
    assert response.headers["ETag"] == before


def test_of_what_is_not_there(api: ApiClient, klant: dict[str, Any]) -> None:
    etag = etag_of(api, klant["url"])
    api.delete(klant["url"])

    for header in (etag, "*"):
        response = api.get(klant["url"], headers={"If-None-Match": header})
        assert response.status_code == 404


def test_without_a_token(api: ApiClient, klant: dict[str, Any]) -> None:
    headers = {"If-None-Match": etag_of(api, klant["url"])}

    assert ApiClient().get(klant["url"], headers=headers).status_code == 403


def test_collections_have_none(api: ApiClient, klant: dict[str, Any]) -> None:
    for path in (klant["url"].rsplit("/", 1)[0], f"{klant['url']}/audittrail"):
        response = api.get(path, headers={"If-None-Match": "*"})
        assert response.status_code == 200
        assert "ETag" not in response.headers


def test_no_shared_cache_may_keep_a_klant(
    api: ApiClient, klant: dict[str, Any]
) -> None:
    line = f"{klant['url']}/audittrail/{api.audit_lines(klant)[0]['uuid']}"
    collection = klant["url"].rsplit("/", 1)[0]
    for path in (collection, klant["url"], f"{klant['url']}/audittrail", line):
        for client in (api, ApiClient()):
            headers = client.get(path).headers
            assert set(headers["Cache-Control"].split(", ")) == {"private", "no-cache"}
            assert "Authorization" in headers["Vary"].split(", ")
