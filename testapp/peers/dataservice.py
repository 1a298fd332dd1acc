"""KVK Dataservice before the peer's register: SOAP over mutual TLS, signed both ways.

Runs in the process of :mod:`.nhr`, so what changes there is here at once. Connections
need the client certificate of the demo, and messages its signature.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from lxml import etree
from lxml.etree import _Element as Element

from testapp.peers import answers
from testapp.peers.certificates import HOST, Certificates
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

ADDRESS = "http://es.kvk.nl/KvK-Dataservice/2015/02"
"""What messages must say that they are for."""

ACTION = "http://es.kvk.nl/"
XML = "text/xml; charset=UTF-8"

SIGNED = (
    "soap:Body",
    "soap:Header/wsa:RelatesTo",
    "soap:Header/wsa:Action",
)

Reply = tuple[int, bytes, str]


@dataclass
class Dataservice:
    """What is the same for all messages.

    ``instead`` answers in place of the register, and ``tamper`` changes the bytes of an
    answer on their way; both are for tests.
    """

    register: Callable[[], Register]
    certificates: Certificates
    signs: bool = True
    instead: Callable[[bytes], Reply] | None = None
    tamper: Callable[[bytes], bytes] | None = None
    taken: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        authority = self.certificates.authority.read_bytes()
        self.verifier = Verifier(x509.load_pem_x509_certificate(authority))
        server = self.certificates.certificate("server").read_bytes()
        self.signer = Signer(
            self.certificates.key("server"), x509.load_pem_x509_certificate(server)
        )

    def reply(self, content: bytes, over_tls: bytes, action: str) -> Reply:
        """Return the answer to a message: status, body and content type."""
        try:
            envelope = self.verifier.verify(content, over_tls)
            self._require_addressed(envelope, action)
        except Refused as error:
            self.refused.append(error.reason)
            return 500, fault(error.code, error.reason), XML
        self.taken.append(content)
        if self.instead is not None:
            return self.instead(content)
        body = self.answer(envelope.message_id, envelope.content)
        return 200, self.tamper(body) if self.tamper else body, XML

    def answer(self, message_id: str, question: Element) -> bytes:
        """Return the signed answer to the element in a body."""
        return self.wrap(message_id, answer(self.register(), question))

    def wrap(self, message_id: str, response: Element) -> bytes:
        """Return a response in its envelope, signed unless that is off."""
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
    """Return a ``soap:Fault``, unsigned as gateways send them."""
    prefixes = {"soap": SOAP, "wsse": WSSE, "wsu": WSU}
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap=prefixes)
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    element = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(element, "faultcode").text = code
    etree.SubElement(element, "faultstring").text = reason
    content: bytes = etree.tostring(root, encoding="UTF-8")
    return content


class Handler(answers.Handler):
    """One connection of a client with a certificate."""

    service: Dataservice

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        """Take a message, and answer it."""
        connection: Any = self.connection
        over_tls = connection.getpeercert(binary_form=True) or b""
        action = self.headers.get("SOAPAction", "")
        status, body, kind = self.service.reply(self.read_body(), over_tls, action)
        self.send_bytes(status, body, kind)


class Server(answers.Server):
    """Speaks TLS 1.2 or newer, with clients of the demo's authority."""

    def __init__(self, port: int, handler: type[Handler], context: Any) -> None:
        self._context = context
        super().__init__((HOST, port), handler)

    def get_request(self) -> tuple[Any, Any]:
        """Accept; the handshake is made by the thread of the connection."""
        connection, address = super().get_request()
        wrapped = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        return wrapped, address


def make_server(port: int, service: Dataservice) -> Server:
    """Return a server on this port, 0 for any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    made = service.certificates
    context.load_cert_chain(made.certificate("server"), made.key("server"))
    context.load_verify_locations(made.authority)
    handler = type("BoundHandler", (Handler,), {"service": service})
    return Server(port, handler, context)


def serve_beside(port: int, service: Dataservice) -> Server:
    """Serve in a thread of this process, until the process ends."""
    server = make_server(port, service)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server
