"""The least that a request can cost in this suite, written by hand for each operation.

The host's middleware, the token check in one query, one statement, which reads as the API
reads, and the response. The JSON is built by position. A POST writes its audit line and
its row of the outbox, and wakes a worker. Nothing is validated, negotiated, translated or
logged, and there is no ETag.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

import jwt
from vng_api_common.audittrails.api.scopes import SCOPE_AUDITTRAILS_LEZEN

from klanten_plugin.api import scopes
from klanten_plugin.constants import OutboxKind
from klanten_plugin.tasks import hint
from tests.benchmarks.host import sql

View = Callable[..., HttpResponse]
Row = tuple[Any, ...]

KLANT = (
    *("bronorganisatie", "klantnummer", "bedrijfsnaam", "functie", "websiteUrl"),
    *("voornaam", "voorvoegselAchternaam", "achternaam", "telefoonnummer"),
    "emailadres",
)
ADRES = (
    *("straatnaam", "huisnummer", "huisletter", "huisnummertoevoeging", "postcode"),
    *("woonplaatsnaam", "landcode"),
)
PERSOON = (
    *("inpBsn", "anpIdentificatie", "inpANummer", "geslachtsnaam"),
    *("voorvoegselGeslachtsnaam", "voorletters", "voornamen", "geslachtsaanduiding"),
    "geboortedatum",
)
BEDRIJF = (
    *("innNnpId", "annIdentificatie", "statutaireNaam", "innRechtsvorm"),
    "bezoekadres",
)
VESTIGING = ("vestigingsNummer", "handelsnaam")
BUITENLAND = (
    *("lndLandcode", "lndLandnaam", "subAdresBuitenland1", "subAdresBuitenland2"),
    "subAdresBuitenland3",
)
VERBLIJF = (
    *("aoaIdentificatie", "wplWoonplaatsNaam", "gorOpenbareRuimteNaam"),
    *("aoaPostcode", "aoaHuisnummer", "aoaHuisletter", "aoaHuisnummertoevoeging"),
    "inpLocatiebeschrijving",
)
SUBJECTS = {
    "natuurlijk_persoon": (PERSOON, True),
    "niet_natuurlijk_persoon": (BEDRIJF, False),
    "vestiging": (VESTIGING, True),
}
"""The values of each kind of subject, and whether it has a verblijfsadres."""


def _places() -> dict[str, int]:
    """Return the column of the key of each subject."""
    place = 3 + len(KLANT) + 2 + 1 + len(ADRES)
    places = {}
    for kind, (names, has_address) in SUBJECTS.items():
        places[kind] = place
        place += 1 + len(names) + 1 + len(BUITENLAND)
        place += 1 + len(VERBLIJF) if has_address else 0
    return places


ADRES_AT = 3 + len(KLANT) + 2
PLACES = _places()


def group(row: Row, place: int, names: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the group whose key is at this place."""
    if row[place] is None:
        return None
    return dict(zip(names, row[place + 1 : place + 1 + len(names)], strict=True))


def klant_body(row: Row, root: str) -> dict[str, Any]:
    """Return the klant in this row."""
    body: dict[str, Any] = {"url": f"{root}/{row[1]}"}
    body.update(zip(KLANT, row[3:], strict=False))
    body["adres"] = group(row, ADRES_AT, ADRES)
    body["subject"], kind = row[ADRES_AT - 2 : ADRES_AT]
    body["subjectType"] = kind or None
    if kind:
        names, has_address = SUBJECTS[kind]
        place = PLACES[kind]
        subject = group(row, place, names)
        body["subjectIdentificatie"] = subject
        if subject is not None:
            place += 1 + len(names)
            subject["subVerblijfBuitenland"] = group(row, place, BUITENLAND)
            if has_address:
                place += 1 + len(BUITENLAND)
                subject["verblijfsadres"] = group(row, place, VERBLIJF)
    return body


def with_scope(scope: Any) -> Callable[[View], View]:
    """Only accept tokens with the scope, with one query."""

    def decorator(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            token = request.headers["Authorization"].partition(" ")[2]
            unchecked = jwt.decode(token, options={"verify_signature": False})
            connection.health_check_done = True  # type: ignore[attr-defined]
            rows = fetch(sql.RIGHTS, [unchecked["client_id"]])
            jwt.decode(
                token, rows[0][0], algorithms=["HS256"], options={"verify_iat": False}
            )
            if not any(scope.label in scopes for _secret, scopes in rows):
                return HttpResponseForbidden()
            return view(request, **kwargs)

        return csrf_exempt(checked)

    return decorator


def fetch(statement: str, parameters: Any) -> list[Row]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Row] = cursor.fetchall()
    return rows


def respond(body: Any, status: int = 200) -> HttpResponse:
    """Return JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/json", status=status)


def root_of(request: HttpRequest) -> str:
    """Return the address of the collection."""
    return request.build_absolute_uri("/klanten/api/v1/klanten")


@with_scope(scopes.SCOPE_KLANTEN_LEZEN)
def token(request: HttpRequest) -> HttpResponse:
    """Only check the token."""
    return HttpResponse(b"{}", content_type="application/json")


@with_scope(scopes.SCOPE_KLANTEN_LEZEN)
def listing(request: HttpRequest) -> HttpResponse:
    """Return a page. The first parameter is the filter."""
    root = root_of(request)
    if request.GET:
        name, value = next(request.GET.items())
        rows = fetch(sql.filtered(sql.FILTERS[name]), [value])
    else:
        rows = fetch(sql.PAGE, [])
    count = rows[0][0] if rows else 0
    following = f"{root}?page=2" if count > len(rows) else None
    results = [klant_body(row[1:], root) for row in rows]
    page = {"count": count, "next": following, "previous": None, "results": results}
    return respond(page)


@with_scope(scopes.SCOPE_KLANTEN_AANMAKEN)
def insert(request: HttpRequest) -> HttpResponse:
    """Store the body, without validating it."""
    body = json.loads(request.body)
    body["klantnummer"] = str(random.randint(10_000_000, 99_999_999))  # noqa: S311
    uuid = str(uuid4())
    body = {"url": f"{root_of(request)}/{uuid}", **body}
    subject = body["subjectIdentificatie"]
    values = {
        **body,
        **body["adres"],
        **subject,
        **subject["verblijfsadres"],
        **subject["subVerblijfBuitenland"],
        "uuid": uuid,
        "body": json.dumps(body),
        "message": json.dumps({"hoofdObject": body["url"], "actie": "create"}),
        "client_id": "benchmark",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.INSERT, values)
    hint(OutboxKind.NOTIFICATION)
    return respond(body, 201)


@csrf_exempt
def klanten(request: HttpRequest) -> HttpResponse:
    """The collection."""
    return insert(request) if request.method == "POST" else listing(request)


@with_scope(scopes.SCOPE_KLANTEN_LEZEN)
def klant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A single klant."""
    row = fetch(sql.DETAIL, [uuid])[0]
    return respond(klant_body(row, root_of(request)))


@with_scope(SCOPE_AUDITTRAILS_LEZEN)
def audittrail(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The audit lines of one klant."""
    ((lines,),) = fetch(sql.AUDIT_TRAIL, [str(uuid)])
    return HttpResponse(lines, content_type="application/json")
