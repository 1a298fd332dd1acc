"""Build the unsigned request: a SOAP 1.1 envelope with WS-Addressing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from lxml import etree
from lxml.etree import _Element as Element

from .namespaces import (
    ADDRESSING,
    ANONYMOUS,
    SECURITY,
    SERVICE,
    SOAP,
    UTILITY,
    WSU_ID,
    dataservice,
    soap,
    wsa,
    wsse,
    wsu,
)

VALID_FOR = timedelta(minutes=5)
"""Validity period of a message."""

REFERENCE = "klanten-api"
"""The ``klantreferentie`` of messages, which appears on KVK's invoice."""

SIGNED = ("Body", "Timestamp", "To", "MessageID", "Action", "ReplyTo")
"""Ids of the parts that the signature covers."""

PREFIXES = {"soap": SOAP, "wsa": ADDRESSING, "ns": SERVICE}


class Operation(Enum):
    """The operations, by their name in the WSDL."""

    VESTIGING = "ophalenVestiging"
    INSCHRIJVING = "ophalenInschrijving"

    @property
    def action(self) -> str:
        """``SOAPAction`` and ``wsa:Action``."""
        return f"http://es.kvk.nl/{self.value}"


@dataclass(frozen=True)
class Question:
    """A request: an operation with a number of this kind.

    ``by`` is ``vestigingsnummer``, ``rsin`` or ``kvkNummer``.
    """

    operation: Operation
    by: str
    nummer: str


def build_envelope(question: Question, *, to: str, message_id: str) -> Element:
    """Build the envelope; ``to`` is KVK's logical address."""
    envelope = etree.Element(soap("Envelope"), nsmap=PREFIXES)
    header = etree.SubElement(envelope, soap("Header"))
    _add_security(header, datetime.now(UTC))
    _add_part(header, "To", to)
    _add_part(header, "Action", question.operation.action)
    _add_part(header, "MessageID", message_id)
    reply_to = _add_part(header, "ReplyTo", None)
    etree.SubElement(reply_to, wsa("Address")).text = ANONYMOUS
    body = etree.SubElement(envelope, soap("Body"), nsmap={"wsu": UTILITY})
    body.set(WSU_ID, "Body")
    request = etree.SubElement(body, dataservice(f"{question.operation.value}Request"))
    etree.SubElement(request, dataservice("klantreferentie")).text = REFERENCE
    etree.SubElement(request, dataservice(question.by)).text = question.nummer
    return envelope


def _add_part(header: Element, name: str, text: str | None) -> Element:
    part = etree.SubElement(header, wsa(name), nsmap={"wsu": UTILITY})
    part.set(WSU_ID, name)
    part.text = text
    return part


def _add_security(header: Element, now: datetime) -> None:
    prefixes = {"wsse": SECURITY, "wsu": UTILITY}
    security = etree.SubElement(header, wsse("Security"), nsmap=prefixes)
    timestamp = etree.SubElement(security, wsu("Timestamp"))
    timestamp.set(WSU_ID, "Timestamp")
    etree.SubElement(timestamp, wsu("Created")).text = _written(now)
    etree.SubElement(timestamp, wsu("Expires")).text = _written(now + VALID_FOR)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
