"""``python -m tests.peers <name> --port N``: a stand-in that tests control."""

from __future__ import annotations

import sys

from testapp.peers import nhr, notificaties
from testapp.peers.contactmomenten import CONTACTMOMENTEN
from testapp.peers.relatie_store import Kind
from testapp.peers.relaties import configured, parser_of
from testapp.peers.standin import run
from testapp.peers.verzoeken import VERZOEKEN
from tests.peers.nhr import Nhr
from tests.peers.notificaties import Notificaties
from tests.peers.relaties import Relaties


def run_relaties(kind: Kind, arguments: list[str]) -> None:
    """Run an API with relations until SIGTERM."""
    parser = parser_of(kind)
    parser.add_argument("--page-size", type=int, default=Relaties.page_size)
    parser.add_argument(
        "--trust-klanten", action="store_true", help="don't ask whether a klant exists"
    )
    options = parser.parse_args(arguments)
    peer = Relaties(kind)
    configured(peer, options)
    peer.page_size = options.page_size
    if options.trust_klanten:
        peer.store.klant_exists = lambda _url: True
    run(peer, options)


name, *rest = sys.argv[1:]
if name == "nhr":
    nhr.main(rest, Nhr)
elif name == "notificaties":
    notificaties.main(rest, Notificaties)
else:
    run_relaties({kind.name: kind for kind in (CONTACTMOMENTEN, VERZOEKEN)}[name], rest)
