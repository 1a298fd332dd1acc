"""The command line of a Contactmomenten or Verzoeken API."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import requests

from testapp.peers.kept import KeptFile
from testapp.peers.relatie_store import Kind
from testapp.peers.relaties import PAGE_SIZE, Publisher, Relaties
from testapp.peers.standin import applications, make_parser, run
from testapp.peers.tokens import bearer


def main(kind: Kind, arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is stopped. Secrets may come from the environment."""
    name, environ = kind.name.upper(), os.environ.get
    description = f"A {kind.name} API {kind.version} for the demo and the tests."
    parser = make_parser(description, f"{name}_APPLICATION")
    parser.add_argument("--publish-to", default="", help="URL for notifications")
    parser.add_argument("--page-size", type=int, default=PAGE_SIZE)
    parser.add_argument(
        "--klanten", default="", help="API root of the klanten, which may move"
    )
    parser.add_argument(
        "--trust-klanten", action="store_true", help="don't ask whether a klant exists"
    )
    for asked, use in (("klanten", "ask for klanten"), ("publish", "notify")):
        parser.add_argument(
            f"--{asked}-as",
            metavar="ID=SECRET",
            default=environ(f"{name}_{asked.upper()}_AS", ""),
            help=f"{use} with this token; without it, without token",
        )
    options = parser.parse_args(arguments)
    publisher = Publisher(options.publish_to, options.publish_as)
    peer = Relaties(kind, applications(options), publisher)
    peer.page_size = options.page_size
    peer.store.klanten, peer.store.file = options.klanten, KeptFile(options.data)
    if not options.trust_klanten:
        peer.store.klant_exists = klant_answers(options.klanten_as)
    run(peer, options)


def klant_answers(credentials: str) -> Callable[[str], bool]:
    """Check a klant like the reference: one GET that follows redirects.

    Sends no token, but Open Klant 1.0.0 does. Unlike the reference's it has a timeout,
    because a demo must not hang.
    """

    def exists(url: str) -> bool:
        headers = {"Authorization": bearer(credentials)} if credentials else {}
        try:
            response = requests.get(url, headers=headers, timeout=30)
        except requests.RequestException:
            return False
        return response.status_code == requests.codes.ok

    return exists
