"""A trade register for the tests, and klanten that it knows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.constants import OutboxKind
from klanten_plugin.domain.klanten.representation import represent_klant
from klanten_plugin.models import Klant, KlantenConfig, NhrBron, NhrState
from klanten_plugin.models.groups import group_paths
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import Run, work_off
from testapp.peers.nhr import API_KEY
from testapp.peers.nhr_register import FILES as REGISTER_FILES, Fout, Register
from testapp.peers.wire import Server
from tests.peers.faults import Fault
from tests.peers.nhr import Nhr
from tests.web_server import serving

FILES = Path(__file__).parent / "clients" / "nhr" / "files"

NO_WEBSITE = "https://onbekend.invalid"
DONALD = "000037178598"
"""Has a name and an address, but no website; the facade adds telephone and e-mail."""
STICHTING = "990064773193"
"""Has a website as well."""
SHIELDED = "990000541921"
ENDED = "990001987781"
VVE_RSIN = "992340597"
DONALD_RSIN = "857587973"

DONALD_ADRES = {
    "straatnaam": "Hizzaarderlaan",
    "huisnummer": 3,
    "huisletter": "",
    "huisnummertoevoeging": "A",
    "postcode": "8823SJ",
    "woonplaatsnaam": "Lollum",
    "landcode": "6030",
}


def sample(name: str) -> Any:
    """Return a recorded response: of the peer's register, or of the tests."""
    folder = FILES if (FILES / f"{name}.json").exists() else REGISTER_FILES
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@dataclass
class Peer:
    """The register, and the requests that it received."""

    nhr: Nhr
    port: int

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """Return the requested paths, oldest first."""
        return [each.removeprefix("GET ") for each in self.nhr.requests]

    def profiel(self, nummer: str) -> dict[str, Any]:
        """Return the profile of a vestiging, which can be changed."""
        return self.nhr.register.vestigingsprofiel(nummer)

    def fault(self, kind: str, **options: Any) -> None:
        """Activate a fault, for one request unless ``count`` is given.

        Kind ``ipd`` is an error of KVK, with its ``code``.
        """
        if kind == "ipd":
            body = Fout(options.pop("code")).content()
            kind, options = "status", {"status": 404, "body": body, **options}
        self.nhr.faults.add(Fault(**{"kind": kind, "count": 1, **options}))

    def mend(self) -> None:
        """Stop all faults."""
        self.nhr.faults.put([])

    def forget(self) -> None:
        """Remove the recorded requests."""
        self.nhr.requests.clear()

    def reset(self) -> None:
        """Restore the initial state."""
        self.nhr.register = Register()
        self.mend()
        self.forget()
        self.nhr.key, self.nhr.rate = API_KEY, 1000


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Run a register in this context."""
    nhr = Nhr(API_KEY)
    nhr.rate = 1000
    with serving(Server(nhr)) as port:
        yield Peer(nhr, port)


def make_service(root: str, key: str = API_KEY) -> Service:
    """Return a service with an API key, as configured by an administrator."""
    return Service.objects.create(
        label="KVK",
        slug=f"nhr-{Service.objects.count()}",
        api_type=APITypes.orc,
        api_root=root,
        auth_type=AuthTypes.api_key,
        header_key="apikey",
        header_value=key,
        timeout=5,
    )


def add_source(peer: Peer, soort: str = "kvk", **fields: Any) -> NhrBron:
    """Add another source, as the least trusted one."""
    path = "/api/" if soort == "kvk" else "/bevragen/v1/"
    service = Service.objects.filter(api_root=peer.root + path).first()
    return NhrBron.objects.create(
        config=KlantenConfig.get_solo(),
        position=NhrBron.objects.count(),
        soort=soort,
        service=service or make_service(peer.root + path),
        **fields,
    )


def vestiging(nummer: str = DONALD, **fields: Any) -> dict[str, Any]:
    """Return the body of a klant with only a number."""
    return {
        "websiteUrl": NO_WEBSITE,
        "subjectType": "vestiging",
        "subjectIdentificatie": {"vestigingsNummer": nummer},
        **fields,
    }


def rechtspersoon(rsin: str, **fields: Any) -> dict[str, Any]:
    """Return the body of a legal person with only a number."""
    return {
        "websiteUrl": NO_WEBSITE,
        "subjectType": "niet_natuurlijk_persoon",
        "subjectIdentificatie": {"innNnpId": rsin},
        **fields,
    }


def work(kind: OutboxKind = OutboxKind.NHR_OVERNAME) -> Run:
    """Process due rows like a worker."""
    return work_off(kind, HANDLERS[kind], 30)


def work_refresh() -> Run:
    """Process the klanten that beat finds to be due, like a worker."""
    return work(OutboxKind.NHR_VERVERSING)


def stand_of(body: dict[str, Any]) -> NhrState:
    """Return the NHR state of the klant with this representation."""
    return NhrState.objects.get(klant__uuid=body["url"].rsplit("/", 1)[-1])


def shown(body: dict[str, Any]) -> dict[str, Any]:
    """Return the current representation of the klant."""
    uuid = body["url"].rsplit("/", 1)[-1]
    klant = Klant.objects.select_related(*group_paths(Klant)).get(uuid=uuid)
    return represent_klant(klant, body["url"])


def redis_url() -> str:
    """Return the URL of the Redis that counts requests in tests."""
    return os.environ["REDIS_URL"]
