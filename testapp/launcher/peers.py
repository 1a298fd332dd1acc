"""The other systems of the demo, with their ports and the secret of all of them.

Their ports are kept, because the relations of klanten are identified by URL. A port
that is in use by now is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from testapp.launcher.keys import write_private
from testapp.launcher.ports import free_port

PROGRAMS = ("notificaties", "nhr", "contactmomenten", "verzoeken")
_PORTS = (*PROGRAMS, "dataservice")
_CLIENT_ID = "klanten"
"""Our client ID or user name at each of them."""

OWNERS = {"cmc": "contactmomenten", "vrc": "verzoeken"}
"""The programs of the APIs that own relations, by the names of their parts."""

PeerCommand = tuple[str, list[str], dict[str, str]]
"""The name of the part, a module with its options, and variables with secrets."""


@dataclass(frozen=True)
class Peers:
    """All peers: their ports by name, their secret, and the folder of their files.

    ``dataservice`` is a second address of the register, with TLS. ``kept`` is the
    folder in which they keep what they were told.
    """

    ports: dict[str, int]
    secret: str = field(repr=False)
    certificates: Path
    kept: Path | None = None

    def origin(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def api_root(self, name: str) -> str:
        return f"{self.origin(name)}/api/v1/"

    def commands(self, klanten: str, klanten_as: str) -> Iterator[PeerCommand]:
        """Yield the command of each peer.

        ``klanten`` is our API root, and ``klanten_as`` a client of it.
        """
        names = (_CLIENT_ID, *OWNERS.values())
        publishers = ",".join(f"{name}={self.secret}" for name in names)
        kanalen = [f"--kanaal={name}" for name in OWNERS.values()]
        command = self._command("notificaties", *kanalen)
        yield "nrc", command, {"NOTIFICATIES_APPLICATIONS": publishers}
        command = self._command(
            "nhr",
            f"--dataservice-port={self.ports['dataservice']}",
            f"--certificates={self.certificates}",
            *self._kept("nhr"),
        )
        yield "nhr", command, {"NHR_API_KEY": self.secret}
        publish_to = f"--publish-to={self.api_root('notificaties')}notificaties"
        for part, name in OWNERS.items():
            command = self._command(
                name, publish_to, f"--klanten={klanten}", *self._kept(name)
            )
            variables = {
                f"{name.upper()}_APPLICATION": f"{_CLIENT_ID}={self.secret}",
                f"{name.upper()}_KLANTEN_AS": klanten_as,
                f"{name.upper()}_PUBLISH_AS": f"{name}={self.secret}",
            }
            yield part, command, variables

    def systems(self) -> dict[str, list[str]]:
        """Return them as `testapp_setup` connects the host to them."""
        dataservice = f"https://127.0.0.1:{self.ports['dataservice']}/"
        return {
            "notificaties": [self.api_root("notificaties"), self.secret],
            "nhr": [self.origin("nhr"), self.secret],
            "dataservice": [dataservice, str(self.certificates)],
            "rollen": [*map(self.api_root, OWNERS.values()), self.secret],
        }

    def _command(self, name: str, *options: str) -> list[str]:
        return [f"testapp.peers.{name}", f"--port={self.ports[name]}", *options]

    def _kept(self, name: str) -> list[str]:
        return [f"--data={self.kept / name}.json"] if self.kept else []


def choose_peers(data: Path, secret: str, kept: Path | None = None) -> Peers:
    """Choose ports for the peers: the previous ones if they are free."""
    file = data / "ports.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    ports = {name: free_port(known.get(name, 0)) for name in _PORTS}
    write_private(file, json.dumps(ports) + "\n")
    return Peers(ports, secret, data / "certificates", kept)
