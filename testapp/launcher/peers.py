"""The other systems of the demo, with their ports and the secrets of this run.

Their secrets are new each time. Their ports are kept, because the relations of klanten
are identified by URL. A port that is in use by now is replaced.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from testapp.launcher.keys import write_private
from testapp.launcher.ports import free_port, is_free

NAMES = ("notificaties", "nhr", "dataservice", "contactmomenten", "verzoeken")
CLIENT_ID = "klanten"
"""Our client ID or user name at each of them."""


def _secret() -> str:
    return secrets.token_hex(32)


@dataclass(frozen=True)
class Peer:
    """Another system: its port on this machine, and our secret there."""

    port: int
    secret: str = field(repr=False, default_factory=_secret)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_root(self) -> str:
        return f"https://127.0.0.1:{self.port}/"

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
    publishing: str = field(repr=False, default_factory=_secret)

    def commands(self, klanten: str, klanten_as: str) -> list[PeerCommand]:
        """Return the command of each peer.

        ``klanten`` is our API root, and ``klanten_as`` a client of it.
        """
        publishing = ",".join(
            f"{name}={secret}"
            for name, secret in (
                (CLIENT_ID, self.notificaties.secret),
                ("contactmomenten", self.publishing),
                ("verzoeken", self.publishing),
            )
        )
        kanalen = ("--kanaal=contactmomenten", "--kanaal=verzoeken")
        return [
            PeerCommand(
                "nrc",
                "notificaties",
                (f"--port={self.notificaties.port}", *kanalen),
                {"NOTIFICATIES_APPLICATIONS": publishing},
            ),
            PeerCommand(
                "nhr",
                "nhr",
                (
                    f"--port={self.nhr.port}",
                    f"--dataservice-port={self.dataservice.port}",
                    f"--certificates={self.certificates}",
                    "--control",
                    *self._kept("nhr"),
                ),
                {"NHR_API_KEY": self.nhr.secret},
            ),
            self._with_relations("cmc", "contactmomenten", klanten, klanten_as),
            self._with_relations("vrc", "verzoeken", klanten, klanten_as),
        ]

    def _with_relations(
        self, part: str, name: str, klanten: str, klanten_as: str
    ) -> PeerCommand:
        peer: Peer = getattr(self, name)
        options = (
            f"--port={peer.port}",
            f"--publish-to={self.notificaties.api_root}notificaties",
            f"--klanten={klanten}",
            *self._kept(name),
        )
        prefix = name.upper()
        environment = {
            f"{prefix}_APPLICATION": f"{CLIENT_ID}={peer.secret}",
            f"{prefix}_KLANTEN_AS": klanten_as,
            f"{prefix}_PUBLISH_AS": f"{name}={self.publishing}",
        }
        return PeerCommand(part, name, options, environment)

    def _kept(self, name: str) -> list[str]:
        if self.data is None:
            return []
        return [f"--data={self.data.with_name(f'{self.data.name}.{name}.json')}"]


@dataclass(frozen=True)
class PeerCommand:
    """A program of `testapp.peers`, with its options and environment."""

    part: str
    program: str
    options: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


def choose_peers(kept_ports: Path, data: Path | None = None) -> Peers:
    """Choose ports for the peers: the previous ones if they are free."""
    before = _read(kept_ports)
    ports = {
        name: before[name]
        if name in before and is_free("127.0.0.1", before[name])
        else free_port()
        for name in NAMES
    }
    write_private(kept_ports, json.dumps(ports) + "\n")
    secret = _secret()
    return Peers(
        notificaties=Peer(ports["notificaties"]),
        nhr=Peer(ports["nhr"]),
        dataservice=Peer(ports["dataservice"]),
        certificates=kept_ports.parent / "certificates",
        # the host has one secret for both
        contactmomenten=Peer(ports["contactmomenten"], secret),
        verzoeken=Peer(ports["verzoeken"], secret),
        data=data,
    )


def drop_kept(data: Path) -> None:
    """Remove the files that the peers keep under this name."""
    for path in data.parent.glob(f"{data.name}.*.json"):
        path.unlink()


def _read(path: Path) -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return ports
