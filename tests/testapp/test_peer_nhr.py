"""The demo's trade register: a separate process, used as a source by the host."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.apps import apps

import pytest
import requests

from klanten_plugin.constants import NhrSoort
from klanten_plugin.models import NhrBron
from klanten_plugin.models.nhr import NhrNummer
from klanten_plugin.sync.nhr.refresh import refresh
from testapp.peers.nhr import API_KEY
from testapp.peers.nhr_register import Fout
from tests.api_client import ApiClient
from tests.demo import set_up
from tests.nhr import STICHTING, Peer, redis_url, shown, vestiging, work

KEY = "secret"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def root() -> Iterator[str]:
    """The address of the register."""
    with running() as url:
        yield url


@contextmanager
def running(*options: str) -> Iterator[str]:
    """The register as the launcher starts it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = ["-m", "tests.peers", "nhr", f"--port={port}", *options]
    process = subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, *command], env={**os.environ, "NHR_API_KEY": KEY}
    )
    try:
        for _ in range(300):
            with suppress(requests.ConnectionError):
                requests.get(f"{url}/_control/requests", timeout=5)
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        assert process.wait(20) == 0


def ask(root: str, path: str, **headers: str) -> requests.Response:
    given = {"apikey": KEY, **headers}
    return requests.get(f"{root}/api/{path}", headers=given, timeout=10)


def tell(root: str, path: str, content: Any) -> None:
    answer = requests.post(
        f"{root}/{path}", json=content, headers={"apikey": KEY}, timeout=10
    )
    answer.raise_for_status()


def fault(root: str, **options: Any) -> None:
    tell(root, "_control/faults", [{"count": 1, **options}])


@pytest.mark.skipif(not apps.is_installed("testapp"), reason="another host")
def test_the_demo(root: str, api: ApiClient, settings: Any) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    for _again in range(2):
        set_up(nhr=[root, KEY])
    assert NhrBron.objects.count() == 2
    klant = api.create(**vestiging(STICHTING))
    work()
    body = shown(klant)
    assert body["bedrijfsnaam"] == "Stichting Uc027Tc01Tg01 1652253635399"
    assert body["adres"]["straatnaam"] == "Sint Jacobsstraat"
    assert body["websiteUrl"] == "https://www.domeinnaam1.nl"
    assert body["emailadres"] == "contact@domeinnaam1.nl"

    api.patch(klant["url"], {"bedrijfsnaam": "Zoals wij hem noemen"})
    change = {"eersteHandelsnaam": "Nieuwe naam", "websites": ["www.nieuw.nl"]}
    tell(root, f"register/{STICHTING}", change)
    refresh(NhrNummer(NhrSoort.VESTIGING, STICHTING))
    after = shown(klant)
    assert after["bedrijfsnaam"] == "Zoals wij hem noemen"
    assert after["websiteUrl"] == "https://www.nieuw.nl"


@pytest.mark.skipif(not apps.is_installed("testapp"), reason="another host")
def test_the_demo_with_dataservice(
    api: ApiClient, settings: Any, tmp_path: Path, private_files: Path
) -> None:
    settings.KLANTEN_NHR_LIMITER_URL = redis_url()
    folder, port = tmp_path / "certificates", free_port()
    options = (f"--dataservice-port={port}", f"--certificates={folder}")
    dataservice = [f"https://127.0.0.1:{port}/", str(folder)]
    with running(*options) as root:
        for _again in range(2):
            set_up(nhr=[root, KEY], dataservice=dataservice)
        assert NhrBron.objects.count() == 3
        klant = api.create(**vestiging(STICHTING))
        work()
        assert shown(klant)["emailadres"] == "balie@domeinnaam1.nl"
        # changes in the register are visible in both
        change = {"websites": ["www.nieuw.nl"]}
        tell(root, f"register/{STICHTING}", change)
        NhrBron.objects.exclude(soort=NhrBron.Soort.DATASERVICE).delete()
        refresh(NhrNummer(NhrSoort.VESTIGING, STICHTING))
    assert shown(klant)["websiteUrl"] == "https://www.nieuw.nl"
    key = next(folder.glob("client.key"))
    assert key.stat().st_mode & 0o077 == 0


def test_it_answers_as_kvk_does(root: str) -> None:
    known = f"v1/vestigingsprofielen/{STICHTING}"
    cases = {
        known: 200,
        "v1/vestigingsprofielen/123": 400,
        "v1/vestigingsprofielen/000000000099": 404,
        f"{known}?trace=1": 400,
        "v2/zoeken?rsin=992340597": 200,
        "v2/zoeken?rsin=123456782": 404,
        "v1/basisprofielen/12345678": 404,
        "v1/abonnementen": 200,
    }
    assert {path: ask(root, path).status_code for path in cases} == cases
    assert ask(root, known, apikey="wrong").status_code == 401
    assert ask(root, known, Accept="text/html").status_code == 406


def test_it_is_ill_on_demand(root: str) -> None:
    known = f"v1/vestigingsprofielen/{STICHTING}"
    fault(root, kind="status", status=404, body=Fout("IPD1002").content())
    first, second = ask(root, known), ask(root, known)
    assert first.json()["fout"][0]["code"] == "IPD1002"
    assert (first.status_code, second.status_code) == (404, 200)
    fault(root, kind="status", status=500)
    assert ask(root, known).status_code == 500
    fault(root, kind="html")
    assert ask(root, known).headers["Content-Type"] == "text/html"
    fault(root, kind="reset")
    with pytest.raises(requests.ConnectionError):
        ask(root, known)
    fault(root, kind="slow", seconds=0.2)
    assert ask(root, known).status_code == 200


def test_it_has_a_limit(register: Peer) -> None:
    register.nhr.rate = 0
    answer = ask(register.root, f"v1/vestigingsprofielen/{STICHTING}", apikey=API_KEY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
