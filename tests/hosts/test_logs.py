"""The log of a host after requests that Django itself logs."""

from __future__ import annotations

import http.client
import os
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.hosts.test_mount import MOUNTED, OVERLAY
from tests.served.server import SETTINGS_UNDER_TEST, running_server

BSN = "123456782"
NAME = "Achternaam"
QUERY = urlencode({"bsn": BSN, "naam": NAME})
MANY = QUERY + "&p" * 1000
LIST = "/klanten/api/v1/klanten"

# Nothing listens there, so every query is a 500.
NO_DATABASE = "postgres://nobody@127.0.0.1:1/none"

HOSTS = {
    "demo": {"DJANGO_SETTINGS_MODULE": "testapp.settings"},
    "demo, JSON": {"DJANGO_SETTINGS_MODULE": "testapp.settings", "LOG_LAYOUT": "json"},
    "copied": {"DJANGO_SETTINGS_MODULE": "tests.hosts.copied"},
    "overlay": OVERLAY,
    "mounted": {**MOUNTED, "KLANTEN_MOUNT": "yes"},
}


def ask(origin: str, path: str, host: str = "127.0.0.1") -> int:
    """Return the status of a GET with these parameters and this host name."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=60)
    connection.request("GET", path, headers={"Host": host})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@pytest.mark.parametrize("name", HOSTS)
def test_what_was_asked_for_is_in_no_log(name: str, tmp_path: Path) -> None:
    environ = {
        **HOSTS[name],
        SETTINGS_UNDER_TEST: HOSTS[name]["DJANGO_SETTINGS_MODULE"],
        "DJANGO_SETTINGS_MODULE": "tests.hosts.crashing",
        "DATABASE_URL": NO_DATABASE,
        "SECRET_KEY": os.environ["SECRET_KEY"],
    }
    path = tmp_path / "log"
    with path.open("wb") as log, running_server(1, environ=environ, log=log) as origin:
        assert ask(origin, f"/crash?{QUERY}") == 500
        assert ask(origin, f"/counted?{MANY}") == 400
        assert ask(origin, f"/named?{QUERY}", host="elsewhere.example") == 400
        # without a token: some hosts check the name first, others never
        assert ask(origin, f"{LIST}?{QUERY}", host="elsewhere.example") >= 400
        assert ask(origin, f"{LIST}?{MANY}") >= 400
        assert ask(origin, f"/klanten?{QUERY}") >= 400
    text = path.read_text(encoding="utf-8")

    # each is logged, with location and reason
    assert "RuntimeError" in text
    assert "/crash" in text
    assert "ValueError" in text
    assert "elsewhere.example" in text
    assert "DATA_UPLOAD_MAX_NUMBER_FIELDS" in text
    assert [word for word in (BSN, NAME, "&p&p") if word in text] == []
