"""Services with roles, as configured by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.constants import OutboxKind, OutboxState, RolSoort
from klanten_plugin.models import Klant, KlantenConfig, KlantRol, OutboxRow, RolBron
from klanten_plugin.sync.handlers import HANDLERS
from klanten_plugin.sync.outbox.run import work_off

from .peers import CLIENT_ID, SECRET, RunningPeer, running_peer

PEER_OPTIONS = ("--trust-klanten", "--page-size=10")
"""Small pages, so that a list of several pages needs few rows."""

WAITING, RUNNING = OutboxState.WAITING, OutboxState.RUNNING

OWN = "http://testserver/klanten/api/v1"


@pytest.fixture(scope="session")
def cm_process() -> Iterator[RunningPeer]:
    with running_peer("contactmomenten", *PEER_OPTIONS) as peer:
        yield peer


@pytest.fixture(scope="session")
def vz_process() -> Iterator[RunningPeer]:
    with running_peer("verzoeken", *PEER_OPTIONS) as peer:
        yield peer


@pytest.fixture
def cm(cm_process: RunningPeer) -> RunningPeer:
    """A Contactmomenten API without contactmomenten."""
    cm_process.control("reset")
    return cm_process


@pytest.fixture
def vz(vz_process: RunningPeer) -> RunningPeer:
    """A Verzoeken API without verzoeken."""
    vz_process.control("reset")
    return vz_process


@pytest.fixture
def cm_second() -> Iterator[RunningPeer]:
    """Another Contactmomenten API."""
    with running_peer("contactmomenten", *PEER_OPTIONS) as peer:
        yield peer


@pytest.fixture(params=["cm", "vz"])
def peer(request: pytest.FixtureRequest) -> Any:
    """Each kind of API in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def _own_domain(settings: Any) -> None:
    settings.SITE_DOMAIN = "testserver"
    settings.IS_HTTPS = False


def choose(peer: RunningPeer, **fields: Any) -> RolBron:
    """Configure the service of a peer, in addition to others."""
    values = {
        "slug": peer.root.replace(":", "-").replace("/", "-"),
        "label": peer.kind.name.capitalize(),
        "api_root": f"{peer.root}/",
        "api_type": "orc",
        "auth_type": AuthTypes.zgw,
        "client_id": CLIENT_ID,
        "secret": SECRET,
        "timeout": 5,
        **fields,
    }
    service = Service.objects.create(**values)
    config = KlantenConfig.get_solo()
    getattr(config, f"{peer.kind.name}_services").add(service)
    return RolBron.objects.get(service=service, soort=RolSoort(peer.kind.name))


@pytest.fixture
def bron(db: Any, peer: RunningPeer) -> RolBron:
    """The state of the only configured service."""
    made = choose(peer)
    OutboxRow.objects.all().delete()
    return made


@pytest.fixture
def bronnen(db: Any, cm: RunningPeer, vz: RunningPeer) -> list[RolBron]:
    """One service of each kind."""
    made = [choose(cm), choose(vz)]
    OutboxRow.objects.all().delete()
    return made


def make_klant(**fields: Any) -> Klant:
    """Create a klant with only the required fields."""
    count = Klant.objects.count()
    values = {
        "bronorganisatie": "123456782",
        "klantnummer": f"{count:08d}",
        "website_url": "https://example.nl/",
        **fields,
    }
    klant: Klant = Klant.objects.create(**values)
    return klant


def url_of(klant: Klant | str, root: str = OWN) -> str:
    """Return the URL of a klant as others know it."""
    uuid = klant if isinstance(klant, str) else klant.uuid
    return f"{root}/klanten/{uuid}"


def work(*, due_only: bool = True, rounds: int = 10) -> None:
    """Process the outbox until nothing is due."""
    for _round in range(rounds):
        if not due_only:
            OutboxRow.objects.update(next_attempt_at="2020-01-01T00:00:00Z")
            RolBron.objects.update(paused_until=None)
        counts = [work_off(kind, HANDLERS[kind], 30.0) for kind in waiting_kinds()]
        if not any(run.done or run.failed for run in counts):
            return


def waiting_kinds() -> list[OutboxKind]:
    """Return the kinds with waiting rows, as in hints to a worker."""
    found = OutboxRow.objects.filter(state__in=(WAITING, RUNNING))
    return [
        OutboxKind(kind) for kind in found.values_list("kind", flat=True).distinct()
    ]


def mirror(bron: RolBron | None = None) -> dict[str, tuple[Any, ...]]:
    """Return the current mirrored roles: the values by URL of the relation."""
    rollen = KlantRol.objects.current()
    if bron is not None:
        rollen = rollen.filter(bron=bron)
    rows = rollen.values_list(
        "url", "klant_url", "betreft", "rol", "indicatie_machtiging", "klant__uuid"
    )
    return {row[0]: row[1:] for row in rows}


def source(*peers: RunningPeer, own: str = OWN) -> dict[str, tuple[Any, ...]]:
    """Return the expected mirror of these peers."""
    uuids = {str(uuid): uuid for uuid in Klant.objects.values_list("uuid", flat=True)}
    return {
        row["url"]: (
            row["klant"],
            row[peer.kind.parent],
            row["rol"],
            row.get("indicatieMachtiging", ""),
            uuids.get(row["klant"].rpartition("/")[2]),
        )
        for peer in peers
        for row in peer.relations()
        if row["klant"].startswith(f"{own}/klanten/")
    }
