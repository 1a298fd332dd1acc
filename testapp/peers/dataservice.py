"""KVK Dataservice for the peer's register: SOAP over mutual TLS, signed both ways.

Runs in the process of :mod:`.nhr`, so changes there are visible here immediately.
Connections need the client certificate of the demo, and messages its signature.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cryptography import x509
from lxml import etree
from lxml.etree import _Element as Element

from testapp.peers.certificates import Certificates
from testapp.peers.nhr_register import Register
from testapp.peers.soap_register import OPERATIONS, answer
from testapp.peers.soap_security import (
    SOAP,
    WSA,
    WSSE,
    WSU,
    Envelope,
    Refused,
    Signer,
    Verifier,
)
from testapp.peers.wire import Reply, Request, Server

ADDRESS = "http://es.kvk.nl/KvK-Dataservice/2015/02"
"""The address that messages must contain in ``wsa:To``."""

ACTION = "http://es.kvk.nl/"
XML = "text/xml; charset=UTF-8"

SIGNED = (
    "soap:Body",
    "soap:Header/wsa:RelatesTo",
    "soap:Header/wsa:Action",
)


@dataclass
class Dataservice:
    """The part that is the same for all messages. ``signs``: its own are signed."""

    register: Callable[[], Register]
    certificates: Certificates
    signs: bool = True
    make_verifier: ClassVar[type[Verifier]] = Verifier

    def __post_init__(self) -> None:
        authority = self.certificates.authority.read_bytes()
        self.verifier = self.make_verifier(x509.load_pem_x509_certificate(authority))
        server = self.certificates.certificate("server").read_bytes()
        self.signer = Signer(
            self.certificates.key("server"), x509.load_pem_x509_certificate(server)
        )

    def __call__(self, request: Request) -> Reply:
        """Respond to a message."""
        try:
            envelope = self.verifier.verify(request.body, request.certificate)
            self._require_addressed(envelope, request.headers.get("SOAPAction", ""))
        except Refused as error:
            return Reply(500, fault(error.code, error.reason), XML)
        return Reply(200, self.answer(envelope.message_id, envelope.content), XML)

    def answer(self, message_id: str, question: Element) -> bytes:
        """Return the signed response to the element in a body."""
        return self.wrap(message_id, answer(self.register(), question))

    def wrap(self, message_id: str, response: Element) -> bytes:
        """Return a response in its envelope, signed unless that is disabled."""
        prefixes = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU}
        root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=prefixes)
        header = etree.SubElement(root, f"{{{SOAP}}}Header")
        name = etree.QName(response).localname
        etree.SubElement(header, f"{{{WSA}}}Action").text = f"{ACTION}{name}"
        etree.SubElement(header, f"{{{WSA}}}RelatesTo").text = message_id
        body = etree.SubElement(root, f"{{{SOAP}}}Body")
        body.append(response)
        if not self.signs:
            content: bytes = etree.tostring(root, encoding="UTF-8")
            return content
        etree.SubElement(header, f"{{{WSSE}}}Security")
        return self.signer.sign(root, SIGNED)

    def _require_addressed(self, envelope: Envelope, action: str) -> None:
        if envelope.header("To") != ADDRESS:
            raise Refused("soap:Client", "WSA01")
        name = etree.QName(envelope.content).localname.removesuffix("Request")
        expected = f"{ACTION}{name}"
        if name not in OPERATIONS or envelope.header("Action") != expected:
            raise Refused("soap:Client", "AUTHPSTBS09")
        if action.strip('"') != expected:
            raise Refused("soap:Client", "AUTHPSTBS09")


def fault(code: str, reason: str) -> bytes:
    """Return a ``soap:Fault``, unsigned as from gateways."""
    prefixes = {"soap": SOAP, "wsse": WSSE, "wsu": WSU}
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=prefixes)
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    element = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(element, "faultcode").text = code
    etree.SubElement(element, "faultstring").text = reason
    content: bytes = etree.tostring(root, encoding="UTF-8")
    return content


def make_server(service: Dataservice, port: int = 0) -> Server:
    """Return a server with TLS 1.2 or newer, for clients of the demo's authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    made = service.certificates
    context.load_cert_chain(made.certificate("server"), made.key("server"))
    context.load_verify_locations(made.authority)
    return Server(service, port, context=context)
