"""Sign requests: WS-Security 1.1 with an X.509 BinarySecurityToken, by ``signxml``."""

from __future__ import annotations

import logging  # noqa: TID251 - to silence a library's
from base64 import b64encode

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from lxml.etree import _Element as Element
from signxml import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
    SignatureReference,
    XMLSigner,
)

from .certificates import Credentials
from .messages import SIGNED
from .namespaces import BASE64, SIGNATURE, WSU_ID, X509_V3, ds, soap, wsse

TOKEN_ID = "X509"  # noqa: S105 - an id in the message
SECURITY_PATH = f"{soap('Header')}/{wsse('Security')}"


def sign(envelope: Element, credentials: Credentials) -> bytes:
    """Sign the envelope in place, and return it serialised."""
    keep_signxml_quiet()
    security = envelope.find(SECURITY_PATH)
    security.insert(0, _token(credentials))
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signature = signer.sign(
        envelope,
        key=credentials.key,
        reference_uri=[SignatureReference(URI=f"#{name}") for name in SIGNED],
        key_info=_key_info(),
        id_attribute="Id",
    )
    security.append(signature)
    content: bytes = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return content


def _token(credentials: Credentials) -> Element:
    token = etree.Element(wsse("BinarySecurityToken"))
    token.set("EncodingType", BASE64)
    token.set("ValueType", X509_V3)
    token.set(WSU_ID, TOKEN_ID)
    der = credentials.certificate.public_bytes(Encoding.DER)
    token.text = b64encode(der).decode()
    return token


def _key_info() -> Element:
    key_info = etree.Element(ds("KeyInfo"), nsmap={"ds": SIGNATURE})
    reference = etree.SubElement(key_info, wsse("SecurityTokenReference"))
    pointer = etree.SubElement(reference, wsse("Reference"))
    pointer.set("URI", f"#{TOKEN_ID}")
    pointer.set("ValueType", X509_V3)
    return key_info


def keep_signxml_quiet() -> None:
    """Keep signxml from logging messages: at DEBUG it logs all digested content.

    Called before each use, because a host can configure its logging at any time.
    """
    for name in ("signxml.processor", "signxml.verifier", "signxml.signer"):
        logging.getLogger(name).setLevel(logging.INFO)
