"""The other systems of the demo, with their ports and the secrets of this run.

Their secrets are new each time. Their ports are kept, because the relations of klanten
are identified by URL. A port that is in use by now is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from testapp.launcher.keys import new_secret, write_private
from testapp.launcher.ports import free_port, is_free

NAMES = ("notificaties", "nhr", "dataservice", "contactmomenten", "verzoeken")
CLIENT_ID = "klanten"
"""Our client ID or user name at each of them."""

PeerCommand = tuple[str, str, list[str], dict[str, str]]
"""The name of the part, a program of `testapp.peers`, its options and variables."""


@dataclass(frozen=True)
class Peer:
    """Another system: its port on this machine, and our secret there."""

    port: int
    secret: str = field(repr=False, default_factory=new_secret)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_root(self) -> str:
        return f"{self.origin}/api/v1/"


@dataclass(frozen=True)
class Peers:
    """All peers, with the folder and name of their files.

    ``dataservice`` is a second address of the register, with TLS. Its certificates are
    created in the folder ``certificates``. ``publishing`` is the secret that two of
    them use at the Notificaties API.
    """

    notificaties: Peer
    nhr: Peer
    dataservice: Peer
    contactmomenten: Peer
    verzoeken: Peer
    certificates: Path
    data: Path | None = None
    publishing: str = field(repr=False, default_factory=new_secret)

    def commands(self, klanten: str, klanten_as: str) -> Iterator[PeerCommand]:
        """Yield the command of each peer.

        ``klanten`` is our API root, and ``klanten_as`` a client of it.
        """
        relations = {"cmc": "contactmomenten", "vrc": "verzoeken"}
        secrets = {CLIENT_ID: self.notificaties.secret}
        secrets |= dict.fromkeys(relations.values(), self.publishing)
        options = [f"--port={self.notificaties.port}"]
        options += [f"--kanaal={name}" for name in relations.values()]
        publishers = ",".join(f"{name}={secret}" for name, secret in secrets.items())
        yield "nrc", "notificaties", options, {"NOTIFICATIES_APPLICATIONS": publishers}
        options = [
            f"--port={self.nhr.port}",
            f"--dataservice-port={self.dataservice.port}",
            f"--certificates={self.certificates}",
            *self._kept("nhr"),
        ]
        yield "nhr", "nhr", options, {"NHR_API_KEY": self.nhr.secret}
        for part, name in relations.items():
            peer: Peer = getattr(self, name)
            options = [
                f"--port={peer.port}",
                f"--publish-to={self.notificaties.api_root}notificaties",
                f"--klanten={klanten}",
                *self._kept(name),
            ]
            variables = {
                f"{name.upper()}_APPLICATION": f"{CLIENT_ID}={peer.secret}",
                f"{name.upper()}_KLANTEN_AS": klanten_as,
                f"{name.upper()}_PUBLISH_AS": f"{name}={self.publishing}",
            }
            yield part, name, options, variables

    def systems(self) -> dict[str, list[str]]:
        """Return them as `testapp_setup` connects the host to them."""
        nrc, cmc, vrc = self.notificaties, self.contactmomenten, self.verzoeken
        dataservice = f"https://127.0.0.1:{self.dataservice.port}/"
        return {
            "notificaties": [nrc.api_root, nrc.secret],
            "nhr": [self.nhr.origin, self.nhr.secret],
            "dataservice": [dataservice, str(self.certificates)],
            "rollen": [cmc.api_root, vrc.api_root, cmc.secret],
        }

    def _kept(self, name: str) -> list[str]:
        if self.data is None:
            return []
        return [f"--data={self.data.with_name(f'{self.data.name}.{name}.json')}"]


def choose_peers(kept_ports: Path, data: Path | None = None) -> Peers:
    """Choose ports for the peers: the previous ones if they are free."""
    ports: dict[str, int] = {}
    if kept_ports.exists():
        ports = json.loads(kept_ports.read_text(encoding="utf-8"))
    for name in NAMES:
        if name not in ports or not is_free("127.0.0.1", ports[name]):
            ports[name] = free_port()
    write_private(kept_ports, json.dumps(ports) + "\n")
    peers = {name: Peer(ports[name]) for name in NAMES}
    # the host has one secret for both
    peers["verzoeken"] = Peer(ports["verzoeken"], peers["contactmomenten"].secret)
    return Peers(**peers, certificates=kept_ports.parent / "certificates", data=data)


def drop_kept(data: Path) -> None:
    """Remove the files that the peers keep under this name."""
    for path in data.parent.glob(f"{data.name}.*.json"):
        path.unlink()
