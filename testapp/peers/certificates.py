"""Certificates of the demo: an authority, and key pairs for server and client.

They are created if missing, so nothing secret is in the repository. They are only
suitable for this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from testapp.launcher.locks import exclusive
from testapp.peers.wire import HOST

LIFETIME = timedelta(days=10 * 365)


@dataclass(frozen=True)
class Certificates:
    """A folder with PEM files of the authority, the server and the client."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    def certificate(self, name: str) -> Path:
        """Return the file of the certificate of ``server`` or ``client``."""
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Return the file of its private key."""
        return self.folder / f"{name}.key"


def make_certificates(folder: Path) -> Certificates:
    """Create missing files. Idempotent and safe for concurrent processes."""
    made = Certificates(folder)
    with exclusive(folder / "lock"):
        if not made.authority.exists():
            _make(made)
    return made


def _make(made: Certificates) -> None:
    # signatures of messages are made with RSA
    kind, ends = trustme.KeyType.RSA, datetime.now(UTC) + LIFETIME
    authority = trustme.CA(key_type=kind)
    for name in ("server", "client"):
        pair = authority.issue_cert(
            HOST, common_name=name, key_type=kind, not_after=ends
        )
        made.key(name).touch(mode=0o600)
        pair.private_key_pem.write_to_path(made.key(name))
        pair.cert_chain_pems[0].write_to_path(made.certificate(name))
    # last, because its existence implies the others
    authority.cert_pem.write_to_path(made.authority)
