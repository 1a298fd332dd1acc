"""The examples of ``docs/deploy`` in production: gunicorn, and nginx if installed."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "docs" / "deploy"
DOMAIN = "klanten.example.nl"
BSN = "123456782"
LIST = "/klanten/api/v1/klanten"
KLANT = {
    "bronorganisatie": "123456782",
    "websiteUrl": "https://example.nl",
    "subjectType": "vestiging",
    "subjectIdentificatie": {"vestigingsNummer": "990000541921"},
}
STARTING = (502, 503, 504)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def web_command(port: int) -> str:
    """Return the command of the systemd unit, on another port."""
    unit = (DEPLOY / "klanten-web.service").read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=\S+/bin/(.+)$", unit, re.MULTILINE)
    assert found
    return found[1].replace(":8000", f":{port}")


@dataclass
class Door:
    """The public address, with a token of a consumer."""

    connect: Callable[[], http.client.HTTPConnection]
    host: str
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Return status, headers and body. An iterable is sent in chunks."""
        connection = self.connect()
        sent = {"Host": self.host, "Authorization": f"Bearer {self.token}"}
        sent |= {"Content-Type": "application/json", **self.headers, **headers}
        connection.request(method, path, body, sent)  # type: ignore[arg-type]
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer

    def wait(self) -> None:
        """Wait until the web processes respond."""
        for _attempt in range(120):
            try:
                if self.ask("GET", "/klanten/api/v1/schema/openapi.yaml")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(1)
        raise AssertionError("it doesn't answer")


@contextmanager
def proxied(folder: Path, web: int, token: str) -> Iterator[Door]:
    """Run nginx with the example's configuration, or simulate its headers."""
    if not (shutil.which("nginx") and shutil.which("openssl")):
        forwarded = {"X-Forwarded-Proto": "https"}
        yield Door(
            lambda: http.client.HTTPConnection("127.0.0.1", web, timeout=60),
            *(DOMAIN, token, forwarded),
        )
        return
    port = free_port()
    make_certificate(folder)
    configuration = folder / "nginx.conf"
    configuration.write_text(nginx_configuration(folder, web, port), encoding="utf-8")
    process = subprocess.Popen(["nginx", "-c", configuration])  # noqa: S603, S607 - ours
    trusted = ssl.create_default_context(cafile=folder / "fullchain.pem")
    trusted.check_hostname = False  # it is addressed by IP address
    try:
        yield Door(
            lambda: http.client.HTTPSConnection(
                "127.0.0.1", port, timeout=60, context=trusted
            ),
            f"{DOMAIN}:{port}",
            token,
        )
    finally:
        process.terminate()
        process.wait(30)
    # its logs contain no queries
    logs = [path.read_text(encoding="utf-8") for path in folder.glob("klanten*.log")]
    assert len(logs) == 2
    assert any(LIST in text for text in logs)
    assert not [text for text in logs if BSN in text]


def make_certificate(folder: Path) -> None:
    subject = ("-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:{DOMAIN}")
    subprocess.run(  # noqa: S603 - our own arguments
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject),
            *("-keyout", folder / "key.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )


def nginx_configuration(folder: Path, web: int, port: int) -> str:
    """Return the example, with folders and ports of this run."""
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for before, after in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "/etc/ssl/klanten": str(folder),
        "/var/log/nginx": str(folder),
        "127.0.0.1:8000": f"127.0.0.1:{web}",
    }.items():
        assert before in site
        site = site.replace(before, after)
    temporary = "\n".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # started by root, its processes couldn't write large bodies to this folder otherwise
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/start.log;"
        f"events {{}} http {{ {temporary}\n{site} }}"
    )


def serve_and_try(
    folder: Path,
    token: str,
    running: Callable[[str, Path], AbstractContextManager[None]],
) -> None:
    """Send external requests to a production host. ``running`` starts a command."""
    web = free_port()
    log = folder / "web.log"
    with proxied(folder, web, token) as door:
        with running(web_command(web), log):
            door.wait()
            try_requests(door)
            try_large_bodies(door)
        if "X-Forwarded-Proto" not in door.headers:
            # and while the web processes are down
            assert (
                door.ask("GET", f"{LIST}?subjectNatuurlijkPersoon__inpBsn={BSN}")[0]
                in STARTING
            )
    lines = log.read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(event.get("logger") == "django.request" for event in events), lines
    assert BSN not in log.read_text(encoding="utf-8")


def try_requests(door: Door) -> None:
    """Check that URLs are public, and that the admin has its style sheets."""
    root = f"https://{door.host}"
    body = json.dumps(KLANT).encode()
    code, headers, content = door.ask("POST", LIST, body)
    made = json.loads(content)
    assert code == 201, content
    assert made["url"] == headers["Location"]
    assert made["url"].startswith(f"{root}{LIST}/")
    # in chunks, without a length
    assert door.ask("POST", LIST, iter([body[:20], body[20:]]))[0] == 201
    # clients can't forge the headers of the proxy
    code, headers, _content = door.ask("POST", LIST, body, **{"X-Forwarded-Host": "x"})
    assert headers["Location"].startswith(root)

    code, _headers, content = door.ask(
        "GET", f"{LIST}?subjectNatuurlijkPersoon__inpBsn={BSN}"
    )
    assert (code, json.loads(content)["count"]) == (200, 0)
    code, _headers, content = door.ask(
        "GET", f"/nowhere?subjectNatuurlijkPersoon__inpBsn={BSN}"
    )
    assert code == 404
    code, _headers, content = door.ask("GET", "/admin/login/")
    assert code == 200
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', content.decode())
    assert sheets
    assert {door.ask("GET", sheet)[0] for sheet in sheets} == {200}


def try_large_bodies(door: Door) -> None:
    """Check for errors in the standard's format, whether from the proxy or the host."""
    for size in (1_100_000, 2_200_000, 5_000_000):
        body = json.dumps({"x": "a" * size}).encode()
        code, headers, content = door.ask("POST", LIST, body)
        problem = json.loads(content)
        assert (code, problem["status"], problem["code"]) == (
            *(413, 413),
            "request_too_large",
        )
        assert headers["Content-Type"].startswith("application/problem+json")
        assert problem["type"].startswith(f"https://{door.host}/klanten/")
