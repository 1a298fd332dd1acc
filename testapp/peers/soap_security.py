"""Verify signed SOAP messages, and sign responses, with libxmlsec1.

The plugin uses another library. The checks are those of KVK's documentation: the
signer, the algorithms, and each of the six parts that must be covered. A message with
one part omitted or moved is refused. A test's stand-in also refuses messages that are
old or repeated.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from lxml.etree import _Element as Element

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{OASIS}wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
X509_V3 = f"{OASIS}x509-token-profile-1.0#X509v3"
BASE64 = f"{OASIS}soap-message-security-1.0#Base64Binary"
WSU_ID = f"{{{WSU}}}Id"
NAMES = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU, "ds": DS}

COVERED = {
    "soap:Body": "Body",
    "soap:Header/wsse:Security/wsu:Timestamp": "Timestamp",
    "soap:Header/wsa:To": "To",
    "soap:Header/wsa:MessageID": "MessageID",
    "soap:Header/wsa:Action": "Action",
    "soap:Header/wsa:ReplyTo": "ReplyTo",
}
"""Parts that a signature must cover: unique paths from the envelope."""


class Refused(Exception):
    """A refused message: the name of the fault, and the reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def failed(reason: str) -> Refused:
    """Return the fault for an invalid signature."""
    return Refused("wsse:FailedCheck", reason)


@dataclass(frozen=True)
class Envelope:
    """A message of which all relevant parts are signed."""

    root: Element

    @property
    def message_id(self) -> str:
        return self.header("MessageID")

    def header(self, name: str) -> str:
        """Return the text of a WS-Addressing header."""
        return one(self.root, f"soap:Header/wsa:{name}").text or ""

    @property
    def content(self) -> Element:
        """Return the element in the body."""
        (content,) = one(self.root, "soap:Body")
        return content


@dataclass
class Verifier:
    """Verifies messages of clients that the authority certified."""

    authority: x509.Certificate

    def verify(self, content: bytes, over_tls: bytes) -> Envelope:
        """Return the message. Raises :class:`Refused`.

        ``over_tls`` is the client certificate of the connection (DER).
        """
        root = parse(content)
        parts = {path: one(root, path) for path in COVERED}
        signature = one(root, "soap:Header/wsse:Security/ds:Signature")
        if list(root.iter(f"{{{DS}}}Signature")) != [signature]:
            raise failed("more than one signature")
        certificate = self._certificate(root, signature)
        if certificate.public_bytes(Encoding.DER) != over_tls:
            raise Refused("wsse:FailedAuthentication", "another certificate than TLS")
        _require_covered(root, signature, parts)
        _check(root, signature, certificate)
        return Envelope(root)

    def _certificate(self, root: Element, signature: Element) -> x509.Certificate:
        token = one(root, "soap:Header/wsse:Security/wsse:BinarySecurityToken")
        pointer = one(
            signature, "ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference"
        )
        if pointer.get("URI") != f"#{token.get(WSU_ID)}":
            raise Refused("wsse:SecurityTokenUnavailable", "no such token")
        if (token.get("ValueType"), token.get("EncodingType")) != (X509_V3, BASE64):
            raise Refused("wsse:UnsupportedSecurityToken", "not an X509v3 token")
        try:
            der = b64decode(token.text or "", validate=True)
            certificate = x509.load_der_x509_certificate(der)
            certificate.verify_directly_issued_by(self.authority)
        except (ValueError, TypeError, InvalidSignature):
            raise Refused("wsse:InvalidSecurityToken", "not one of ours") from None
        return certificate


def parse(content: bytes) -> Element:
    """Return the root of a message. Raises :class:`Refused`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Refused("soap:Client", "not XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("soap:Client", "a document type")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Refused("soap:VersionMismatch", "not SOAP 1.1")
    return root


def one(element: Element, path: str) -> Element:
    """Return the only element at a path. Raises :class:`Refused` otherwise."""
    found = element.findall(path, NAMES)
    if len(found) != 1:
        raise Refused("wsse:InvalidSecurity", f"{path}: {len(found)} times")
    return found[0]


def _require_covered(
    root: Element, signature: Element, parts: dict[str, Element]
) -> None:
    ids = [element.get(WSU_ID) for element in root.iter() if element.get(WSU_ID)]
    if len(ids) != len(set(ids)):
        raise failed("an id that is there twice")
    covered = [
        reference.get("URI", "")
        for reference in signature.findall("ds:SignedInfo/ds:Reference", NAMES)
    ]
    wanted = {f"#{part.get(WSU_ID)}" for part in parts.values()}
    if set(covered) != wanted or len(covered) != len(COVERED):
        raise failed("not the parts that must be signed")


def _check(root: Element, signature: Element, certificate: x509.Certificate) -> None:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(
        certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
    )
    # no others
    context.enable_signature_transform(xmlsec.constants.TransformRsaSha256)
    context.enable_signature_transform(xmlsec.constants.TransformExclC14N)
    context.enable_reference_transform(xmlsec.constants.TransformSha256)
    context.enable_reference_transform(xmlsec.constants.TransformExclC14N)
    for element in root.iter():
        if element.get(WSU_ID):
            context.register_id(element, "Id", WSU)
    try:
        context.verify(signature)
    except xmlsec.Error:
        raise failed("the signature doesn't hold") from None


@dataclass(frozen=True)
class Signer:
    """Signs responses as the server."""

    key: Path
    certificate: x509.Certificate

    def sign(self, root: Element, paths: tuple[str, ...]) -> bytes:
        """Sign the elements at these paths, and return the message."""
        security = one(root, "soap:Header/wsse:Security")
        token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken")
        token.set("ValueType", X509_V3)
        token.set("EncodingType", BASE64)
        token.set(WSU_ID, "token")
        der = self.certificate.public_bytes(Encoding.DER)
        token.text = b64encode(der).decode()
        signature = xmlsec.template.create(
            root,
            xmlsec.constants.TransformExclC14N,
            xmlsec.constants.TransformRsaSha256,
        )
        security.append(signature)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(
            str(self.key), xmlsec.constants.KeyDataFormatPem
        )
        for number, path in enumerate(paths):
            part = one(root, path)
            part.set(WSU_ID, f"id-{number}")
            context.register_id(part, "Id", WSU)
            reference = xmlsec.template.add_reference(
                signature, xmlsec.constants.TransformSha256, uri=f"#id-{number}"
            )
            xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        info = xmlsec.template.ensure_key_info(signature)
        pointer = etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(
            pointer, f"{{{WSSE}}}Reference", URI="#token", ValueType=X509_V3
        )
        context.sign(signature)
        content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        return content
