"""Find the signing certificate of a response, and check whether it is trusted."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from lxml.etree import _Element as Element

from .namespaces import WSU_ID, X509_PATH, ds, wsse
from .signing import SECURITY_PATH

REFERENCE_PATH = f"{wsse('SecurityTokenReference')}/{wsse('Reference')}"

SEQUENCE = 0x30
LONG_FORM = 0x80


def named_certificate(envelope: Element, signature: Element) -> x509.Certificate | None:
    """Return the certificate in the message that the signature refers to.

    Return ``None`` if it isn't in the message, for example if it is referred to by its
    serial number. Raises ``ValueError`` if it can't be read.
    """
    key_info = signature.find(ds("KeyInfo"))
    if key_info is None:
        return None
    inline = key_info.find(f".//{ds('X509Certificate')}")
    if inline is not None:
        return x509.load_der_x509_certificate(_decoded(inline))
    token = _token(envelope, key_info.find(REFERENCE_PATH))
    return None if token is None else _certificate_in(token)


def is_trusted(
    certificate: x509.Certificate, trusted: tuple[x509.Certificate, ...]
) -> bool:
    """Whether it is one of these, or issued by one of these.

    Any certificate is trusted if none are configured, because TLS has authenticated the
    server.
    """
    return not trusted or any(
        certificate == one or _was_issued_by(certificate, one) for one in trusted
    )


def _was_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _token(envelope: Element, reference: Element | None) -> Element | None:
    if reference is None:
        return None
    wanted = reference.get("URI", "").removeprefix("#")
    tokens = envelope.findall(f"{SECURITY_PATH}/{wsse('BinarySecurityToken')}")
    return next((token for token in tokens if token.get(WSU_ID) == wanted), None)


def _certificate_in(token: Element) -> x509.Certificate:
    der = _decoded(token)
    if token.get("ValueType") == X509_PATH:
        *_issuers, der = _members(der)
    return x509.load_der_x509_certificate(der)


def _decoded(element: Element) -> bytes:
    return b64decode("".join((element.text or "").split()), validate=True)


def _members(path: bytes) -> Iterator[bytes]:
    """Split a PkiPath (X.509, RFC 4387): a DER sequence of certificates, the last ours.

    Raises ``ValueError``. ``cryptography`` doesn't support this format.
    """
    start, end = _content(path, 0)
    if end != len(path):
        raise ValueError("something follows the certificates")
    while start < end:
        _content_start, next_start = _content(path, start)
        yield path[start:next_start]
        start = next_start


def _content(der: bytes, start: int) -> tuple[int, int]:
    """Return the start and end of the content of the sequence at ``start``."""
    if len(der) < start + 2 or der[start] != SEQUENCE:
        raise ValueError("not a sequence")
    length, content = der[start + 1], start + 2
    if length & LONG_FORM:
        size = length & ~LONG_FORM
        length = int.from_bytes(der[content : content + size], "big")
        content += size
    if content + length > len(der):
        raise ValueError("cut off")
    return content, content + length
