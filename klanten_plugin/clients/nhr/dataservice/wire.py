"""Send a request to Dataservice: signed, over mutual TLS, within KVK's limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from django.utils.translation import gettext as _

import requests
from cryptography import x509
from lxml.etree import _Element as Element
from zgw_consumers.models import Service

from ....conf import settings
from ....constants import DataserviceSignature
from ....exceptions import ConfigurationError, TemporaryRemoteError
from ...http.exchange import exchange
from ...http.reply import Reply
from ..limiter import acquire
from .answers import DATASERVICE, NAME, SoapReply
from .certificates import credentials_of, trusted_certificates
from .elements import first_child
from .messages import Question, build_envelope
from .namespaces import dataservice, soap, wsa
from .parsing import NotReadable, parse
from .signing import sign
from .verifying import UnknownSigner, WronglySigned, is_signed, signed_body

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""Maximum size of a response; the largest recorded one has 2.5 MB."""

ADDRESS = "http://es.kvk.nl/KvK-Dataservice/2015/02"
TEST_ADDRESS = "http://es.kvk.nl/KvK-DataservicePP/2015/02"
TEST_HOST = ".preprod."


@dataclass(frozen=True)
class Asked:
    """A signed request, and the data to verify its response."""

    question: Question
    message_id: str
    content: bytes = field(repr=False)
    trusted: tuple[x509.Certificate, ...]


def ask(service: Service, question: Question) -> Element | None:
    """Return the product of the response, or ``None`` if the register has nothing.

    Raises a ``RemoteError`` for everything else.
    """
    asked = _prepare(service, question)
    acquire(paid=True)
    payload = DATASERVICE.read(_as_soap(_post(service, asked), asked))
    product: Element | None = payload["product"] if payload else None
    return product


def address_of(service: Service) -> str:
    """Return KVK's logical address (``wsa:To``), which differs from the URL."""
    return TEST_ADDRESS if TEST_HOST in service.api_root else ADDRESS


def _prepare(service: Service, question: Question) -> Asked:
    """Prepare and sign the request, before it is counted."""
    if not service.api_root.startswith("https://"):
        message = _("De API-root van de service {service} begint niet met https.")
        raise ConfigurationError(message.format(service=service.label))
    credentials, trusted = credentials_of(service), trusted_certificates()
    message_id = f"uuid:{uuid4()}"
    to = settings.NHR_DATASERVICE_ADDRESS or address_of(service)
    envelope = build_envelope(question, to=to, message_id=message_id)
    return Asked(question, message_id, sign(envelope, credentials), trusted)


def _post(service: Service, asked: Asked) -> Reply:
    headers = {
        "Content-Type": "text/xml; charset=UTF-8",
        "SOAPAction": f'"{asked.question.operation.action}"',
        "Accept": "text/xml",
    }
    try:
        return exchange(
            service,
            "POST",
            service.api_root,
            max_bytes=MAX_ANSWER_BYTES,
            data=asked.content,
            headers=headers,
        )
    except TemporaryRemoteError as error:
        if isinstance(error.__cause__, requests.exceptions.SSLError):
            message = _(
                "{service}: de TLS-verbinding is geweigerd. Controleer het "
                "clientcertificaat en het servercertificaat van de service."
            )
            raise ConfigurationError(message.format(service=service.label)) from error
        raise


def _as_soap(reply: Reply, asked: Asked) -> SoapReply:
    """Return the response with its verified element."""
    expected = dataservice(f"{asked.question.operation.value}Response")
    element = _element(reply.content, asked)
    return SoapReply(reply.status, reply.headers, reply.content, element, expected)


def _element(content: bytes, asked: Asked) -> Element | None:
    try:
        envelope = parse(content)
    except NotReadable:
        return None
    if envelope.tag != soap("Envelope") or envelope.find(soap("Body")) is None:
        return None
    element = first_child(_body(content, envelope, asked.trusted))
    about = envelope.findtext(f"{soap('Header')}/{wsa('RelatesTo')}")
    if about is not None and about.strip() != asked.message_id:
        message = _("{name} antwoordde op een andere vraag.")
        raise TemporaryRemoteError(message.format(name=NAME))
    return element


def _body(
    content: bytes, envelope: Element, trusted: tuple[x509.Certificate, ...]
) -> Element:
    """Return the body; for a signed response only the signed content."""
    policy = settings.NHR_DATASERVICE_SIGNATURE
    if policy != DataserviceSignature.IGNORE and is_signed(envelope):
        try:
            return signed_body(content, envelope, trusted)
        except WronglySigned as error:
            message = _("De handtekening van het antwoord van {name} klopt niet.")
            raise TemporaryRemoteError(message.format(name=NAME)) from error
        except UnknownSigner as error:
            message = _(
                "Het certificaat van de handtekening van {name} is niet bekend: noem "
                "het in KLANTEN_NHR_DATASERVICE_CERTIFICATES."
            )
            raise ConfigurationError(message.format(name=NAME)) from error
    body = envelope.find(soap("Body"))
    is_refusal = body.find(soap("Fault")) is not None
    if policy == DataserviceSignature.REQUIRE and not is_refusal:
        message = _("{name} gaf een antwoord zonder handtekening.")
        raise TemporaryRemoteError(message.format(name=NAME))
    return body
