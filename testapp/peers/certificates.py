"""Certificates of the demo: an authority, and a key pair each for server and client.

Made when they aren't there, or end within two months, so nothing secret is in the
repository. They are good on this machine alone.
"""

from __future__ import annotations

import fcntl
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=365)
RENEW_BEFORE = timedelta(days=60)
KEY_BITS = 2048
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Certificates:
    """A folder with PEM files: of the authority, of the server and of the client."""

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
    """Make what isn't there. Idempotent; two processes may do it at once."""
    made = Certificates(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if not _is_good(made):
            _make(made)
    return made


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_good(made: Certificates) -> bool:
    needed = [
        path
        for name in ("server", "client")
        for path in (made.certificate(name), made.key(name))
    ]
    if not all(path.exists() for path in (made.authority, *needed)):
        return False
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    return authority.not_valid_after_utc - datetime.now(UTC) > RENEW_BEFORE


def _make(made: Certificates) -> None:
    authority_key = new_key()
    authority = issue("Demo", authority_key, None)
    for name in ("server", "client"):
        key = new_key()
        certificate = issue(name, key, (authority, authority_key))
        write_private(made.key(name), pem_of_key(key))
        made.certificate(name).write_bytes(certificate.public_bytes(Encoding.PEM))
    # last: with it the others are there too
    made.authority.write_bytes(authority.public_bytes(Encoding.PEM))


def new_key(bits: int = KEY_BITS) -> rsa.RSAPrivateKey:
    """Return a new RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem_of_key(key: rsa.RSAPrivateKey) -> bytes:
    """Return the key as PEM, without a password."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def issue(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: tuple[x509.Certificate, rsa.RSAPrivateKey] | None,
    lifetime: timedelta = LIFETIME,
) -> x509.Certificate:
    """Return a certificate for a key; without an issuer that of an authority."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer[1] if issuer else key
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lifetime)
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
    )
    for extension in _usages(is_authority=issuer is None):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usages(*, is_authority: bool) -> list[x509.ExtensionType]:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not is_authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    if is_authority:
        return [usage]
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    names = [x509.IPAddress(ipaddress.ip_address(HOST)), x509.DNSName("localhost")]
    return [
        usage,
        x509.ExtendedKeyUsage(purposes),
        x509.SubjectAlternativeName(names),
    ]
