"""The measured requests, each with its equivalent at the floor."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from tests.api_client import KLANTEN, SECRET, make_token
from tests.bodies import full_body

FLOOR = "/floor/klanten"
CLIENT_ID = "benchmark"


def application() -> None:
    """Create an application with all permissions."""
    from vng_api_common.authorizations.models import Applicatie, Autorisatie
    from vng_api_common.models import JWTSecret

    JWTSecret.objects.get_or_create(identifier=CLIENT_ID, defaults={"secret": SECRET})
    applicatie, is_new = Applicatie.objects.get_or_create(
        label=CLIENT_ID, defaults={"client_ids": [CLIENT_ID]}
    )
    if is_new:
        Autorisatie.objects.create(
            applicatie=applicatie, component="kc", scopes=list(KLANTEN)
        )


@dataclass
class Call:
    """A request, and its expected status."""

    path: str
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


class Consumer:
    """Makes requests to a server over one HTTP connection, like a gateway."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.token = make_token(CLIENT_ID)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def __call__(self, call: Call) -> http.client.HTTPResponse:
        """Return the parsed response. Raises :class:`RuntimeError` if unexpected."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **call.headers,
        }
        answer = self._answer(call, headers)
        content = answer.read()
        if answer.status != call.status:
            raise RuntimeError(
                f"{call.method} {call.path}: {answer.status} {content[:500]!r}"
            )
        answer.content = content  # type: ignore[attr-defined]
        return answer

    def _answer(self, call: Call, headers: dict[str, str]) -> http.client.HTTPResponse:
        connection = self._connection
        try:
            connection.request(call.method, call.path, call.body or None, headers)
            return connection.getresponse()
        except http.client.RemoteDisconnected:
            # the server has closed it after a pause between two measurements
            connection.request(call.method, call.path, call.body or None, headers)
            return connection.getresponse()


def klant_uuid(number: int) -> UUID:
    """Return the UUID that filling assigns."""
    import hashlib

    return UUID(hashlib.md5(f"klant{number}".encode()).hexdigest())  # noqa: S324


ONE = {
    "bronorganisatie": "000000012",
    "klantnummer": "00000042",
    "bedrijfsnaam": "Een BV",
    "functie": "Enige",
    "achternaam": "Eenling",
    "telefoonnummer": "+31201111111",
    "emailadres": "een@example.nl",
    "adres__straatnaam": "Eenstraat",
    "adres__postcode": "9999ZZ",
    "adres__woonplaatsNaam": "Eenum",
    "adres__landcode": "9999",
    "subject": "https://example.nl/s/een",
    "subjectNatuurlijkPersoon__inpBsn": "999999011",
    "subjectNatuurlijkPersoon__anpIdentificatie": "Anp-1",
    "subjectNatuurlijkPersoon__inpA_nummer": "9000000001",
    "subjectNietNatuurlijkPersoon__innNnpId": "123456782",
    "subjectNietNatuurlijkPersoon__annIdentificatie": "Ann-1",
    "subjectVestiging__vestigingsNummer": "990000000001",
}
"""Values that one klant has. A subjectType always has many."""

MANY = {
    "bronorganisatie": "111222333",
    "bedrijfsnaam": "Veel BV",
    "functie": "Veelvoorkomend",
    "achternaam": "Jansen",
    "telefoonnummer": "+31202222222",
    "emailadres": "veel@example.nl",
    "adres__straatnaam": "Dorpsstraat",
    "adres__postcode": "1111AA",
    "adres__woonplaatsNaam": "Veelhuizen",
    "adres__landcode": "5010",
    "subject": "https://example.nl/s/veel",
    "subjectType": "niet_natuurlijk_persoon",
    "subjectNatuurlijkPersoon__inpBsn": "111222333",
    "subjectNatuurlijkPersoon__anpIdentificatie": "Anp-2",
    "subjectNatuurlijkPersoon__inpA_nummer": "9000000002",
    "subjectNietNatuurlijkPersoon__innNnpId": "111222333",
    "subjectNietNatuurlijkPersoon__annIdentificatie": "Ann-2",
    "subjectVestiging__vestigingsNummer": "990000000002",
}
"""Values that 5 % of the klanten have.

Two klanten of a bronorganisatie never have the same klantnummer.
"""

NONE = {
    **dict.fromkeys(ONE, "x-niemand"),
    "bronorganisatie": "123456794",
    "subject": "https://example.nl/s/niemand",
}


def filtered(root: str, name: str, value: str) -> Call:
    """Return a page filtered by one value."""
    return Call(f"{root}?{urlencode({name: value})}")


def post_body() -> bytes:
    """Return a klant with every group, without klantnummer."""
    body = full_body("natuurlijk_persoon")
    del body["klantnummer"]
    return json.dumps(body).encode()
