"""Start one of the two APIs from the command line."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from testapp.peers.kept import KeptFile
from testapp.peers.relatie_api import PAGE_SIZE, ROOT, Peer
from testapp.peers.relatie_auth import Applications, make_token
from testapp.peers.relatie_data import Data
from testapp.peers.relatie_habits import Habits
from testapp.peers.relatie_kinds import Kind
from testapp.peers.relatie_publisher import Publisher
from testapp.peers.relatie_server import Server
from testapp.peers.relatie_store import Row, Store, klant_answers


def main(kind: Kind, arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is ended. Secrets may come from the environment."""
    options = _parser(kind).parse_args(arguments)
    origin = options.origin or f"http://{options.host}:{options.port}"
    publisher = Publisher(options.publish_to)
    if options.publish_as:
        client_id, _equals, secret = options.publish_as.partition("=")
        publisher.authorization = lambda: f"Bearer {make_token(client_id, secret)}"
    habits = Habits(options.hold, options.unordered_above, options.url_origin)
    exists = klant_answers(_klanten_token(options))
    store = Store(kind, f"{origin}{ROOT}", exists, publisher.tell)
    store.tell = _inside_transaction(store, habits, publisher)
    if options.trust_klanten:
        store.klant_exists = lambda _url: True
    secrets = dict(item.split("=", 1) for item in options.application)
    peer = Peer(store, Applications(secrets), publisher, habits=habits)
    peer.page_size = options.page_size
    with Server((options.host, options.port), peer) as server:
        if options.port == 0:
            store.root = f"http://{options.host}:{server.server_port}{ROOT}"
        if options.data:
            Data(KeptFile(options.data), options.klanten).load(store)
        print(store.root, flush=True)  # noqa: T201 - says that it listens, and where
        server.serve_forever()


def _inside_transaction(
    store: Store, habits: Habits, publisher: Publisher
) -> Callable[[Row], None]:
    """Return what notifies and then, by habit, keeps the transaction open."""

    def tell(message: Row) -> None:
        publisher.tell(json.loads(habits.outward(json.dumps(message), store.root)))
        if habits.hold:
            publisher.waiting.join()
            habits.wait_before_commit()

    return tell


def _klanten_token(options: argparse.Namespace) -> Callable[[], str] | None:
    if not options.klanten_as:
        return None
    client_id, _equals, secret = options.klanten_as.partition("=")
    return lambda: make_token(client_id, secret)


def _parser(kind: Kind) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python3 -m testapp peer {kind.name}",
        description=f"A {kind.name} API {kind.version} for the demo and the tests.",
    )
    environ = os.environ.get
    name = kind.name.upper()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--origin", help="scheme, host and port in its own URLs")
    parser.add_argument(
        "--application",
        action="append",
        metavar="ID=SECRET",
        default=[item for item in [environ(f"{name}_APPLICATION", "")] if item],
        help="repeatable: who may do everything here",
    )
    parser.add_argument(
        "--klanten-as",
        metavar="ID=SECRET",
        default=environ(f"{name}_KLANTEN_AS", ""),
        help="ask for klanten with this token; without it, without token",
    )
    parser.add_argument(
        "--trust-klanten", action="store_true", help="don't ask whether a klant exists"
    )
    parser.add_argument("--publish-to", default="", help="URL for notifications")
    parser.add_argument("--page-size", type=int, default=PAGE_SIZE)
    parser.add_argument(
        "--hold",
        type=float,
        default=0.0,
        help="longest time in seconds between a notification and its commit",
    )
    parser.add_argument(
        "--unordered-above",
        type=int,
        help="rows above which pages overlap and leave rows out",
    )
    parser.add_argument("--url-origin", default="", help="scheme and host of its URLs")
    parser.add_argument("--data", type=Path, help="the file that keeps everything")
    parser.add_argument(
        "--klanten", default="", help="API root of the klanten, which may move"
    )
    parser.add_argument(
        "--publish-as",
        metavar="ID=SECRET",
        default=environ(f"{name}_PUBLISH_AS", ""),
        help="the token for notifications",
    )
    return parser
