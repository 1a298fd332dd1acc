"""A verifier of SOAP messages that also refuses old and repeated ones."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from lxml.etree import _Element as Element

from testapp.peers import soap_security
from testapp.peers.soap_security import Envelope, Refused, failed, one

LONGEST_VALID = timedelta(minutes=10)
SKEW = timedelta(minutes=1)
REMEMBERED = 10_000


@dataclass
class Verifier(soap_security.Verifier):
    """Accepts each message only once, and only within its ``Timestamp``."""

    _seen: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def verify(self, content: bytes, over_tls: bytes) -> Envelope:
        envelope = super().verify(content, over_tls)
        _require_fresh(one(envelope.root, "soap:Header/wsse:Security/wsu:Timestamp"))
        self._require_new(envelope.message_id)
        return envelope

    def _require_new(self, message_id: str) -> None:
        if not message_id.startswith("uuid:"):
            raise Refused("soap:Client", "WSA03")
        with self._lock:
            if message_id in self._seen:
                raise failed("seen before")
            self._seen.append(message_id)


def _require_fresh(timestamp: Element) -> None:
    created, expires = (
        _moment(one(timestamp, path)) for path in ("wsu:Created", "wsu:Expires")
    )
    now = datetime.now(UTC)
    if created > now + SKEW or expires < now - SKEW or expires <= created:
        raise Refused("wsu:MessageExpired", "not now")
    if expires - created > LONGEST_VALID:
        raise Refused("wsu:MessageExpired", "valid for too long")


def _moment(element: Element) -> datetime:
    try:
        return datetime.fromisoformat(element.text or "")
    except ValueError:
        raise Refused("wsu:MessageExpired", "not a moment") from None
