"""Verify the signature of a response, and return only the signed content.

Unsigned content is never processed, so a second Body beside the signed one (signature
wrapping) has no effect. :mod:`.signing` signs requests.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml.etree import _Element as Element
from signxml import (
    DigestAlgorithm,
    SignatureConfiguration,
    SignatureMethod,
    XMLVerifier,
)

from .certificates import is_valid_now
from .namespaces import ds, soap
from .parsing import hardened_parser
from .signers import is_trusted, named_certificate
from .signing import SECURITY_PATH, keep_signxml_quiet

MAX_REFERENCES = 10
"""Maximum number of signed parts, each of which costs a copy of the message."""

ACCEPTED = SignatureConfiguration(
    location=f"./{SECURITY_PATH}/",
    # any number; a Body must be among them
    expect_references=True,
    signature_methods=frozenset(
        {
            SignatureMethod.RSA_SHA256,
            SignatureMethod.RSA_SHA384,
            SignatureMethod.RSA_SHA512,
        }
    ),
    digest_algorithms=frozenset(
        {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
    ),
)
"""The accepted signature algorithms, without SHA-1."""


class WronglySigned(Exception):
    """The signature is invalid, or its signer isn't trusted."""


class UnknownSigner(Exception):
    """The signing certificate is neither in the message nor configured."""


def is_signed(envelope: Element) -> bool:
    """Whether there is a signature anywhere in the message."""
    return next(envelope.iter(ds("Signature")), None) is not None


def signed_body(
    content: bytes, envelope: Element, trusted: tuple[x509.Certificate, ...]
) -> Element:
    """Return the ``soap:Body`` that the signature covers.

    ``content`` is the received message, ``envelope`` the same parsed. Raises
    :class:`WronglySigned` or :class:`UnknownSigner`.
    """
    keep_signxml_quiet()
    certificate = _signer(envelope, _only_signature(envelope), trusted)
    try:
        results = XMLVerifier().verify(
            content,
            x509_cert=certificate,
            expect_config=ACCEPTED,
            id_attribute="Id",
            parser=hardened_parser(),
        )
    except Exception as error:  # of signxml and its dependencies
        raise WronglySigned from error
    bodies = [
        result.signed_xml
        for result in results
        if result.signed_xml is not None and result.signed_xml.tag == soap("Body")
    ]
    if len(bodies) != 1:
        raise WronglySigned
    return bodies[0]


def _only_signature(envelope: Element) -> Element:
    found = list(envelope.iter(ds("Signature")))
    in_place = envelope.findall(f"{SECURITY_PATH}/{ds('Signature')}")
    if len(found) != 1 or found != in_place:
        raise WronglySigned
    if len(list(found[0].iter(ds("Reference")))) > MAX_REFERENCES:
        raise WronglySigned
    return found[0]


def _signer(
    envelope: Element, signature: Element, trusted: tuple[x509.Certificate, ...]
) -> x509.Certificate:
    try:
        named = named_certificate(envelope, signature)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise WronglySigned from error
    if named is None:
        if len(trusted) != 1:
            raise UnknownSigner
        return trusted[0]
    if not is_valid_now(named) or not is_trusted(named, trusted):
        raise WronglySigned
    return named
