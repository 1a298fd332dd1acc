"""The other systems of the demo: where each listens, and the secrets of this run.

Their secrets are new each time. Their ports are kept, because the relations of klanten
are known by their URLs; one that somebody else took by now is exchanged for another.
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
"""Who we are at each of them."""


def _secret() -> str:
    return secrets.token_hex(32)


@dataclass(frozen=True)
class Peer:
    """Another system: where it listens on this machine, and the secret we have there."""

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
    """All of them, and the folder and name of the files that they keep.

    ``dataservice`` is a second address of the register, with TLS; its certificates are
    made in the folder ``certificates``. ``publishing`` is the secret with which two of them speak with the Notificaties API.
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
        """How each is started; ``klanten`` is our API root, with a client of it."""
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
    """A program of `testapp.peers`, its options, and what it finds in its environment."""

    part: str
    program: str
    options: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)


def choose_peers(kept_ports: Path, data: Path | None = None) -> Peers:
    """Return where the peers will listen: where they did before, if that is free."""
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
        # the host knows one secret for both
        contactmomenten=Peer(ports["contactmomenten"], secret),
        verzoeken=Peer(ports["verzoeken"], secret),
        data=data,
    )


def drop_kept(data: Path) -> None:
    """Have the peers that keep their files under this name begin with nothing."""
    for path in data.parent.glob(f"{data.name}.*.json"):
        path.unlink()


def _read(path: Path) -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return ports
