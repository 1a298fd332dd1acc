"""Namespaces and identifiers of the messages: SOAP 1.1, WS-Addressing, WS-Security."""

from __future__ import annotations

from collections.abc import Callable

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
SECURITY = f"{_OASIS}wssecurity-secext-1.0.xsd"
UTILITY = f"{_OASIS}wssecurity-utility-1.0.xsd"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
SERVICE = "http://schemas.kvk.nl/schemas/hrip/dataservice/2015/02"
CATALOGUE = "http://schemas.kvk.nl/schemas/hrip/catalogus/2015/02"

BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
X509_V3 = f"{_OASIS}x509-token-profile-1.0#X509v3"
X509_PATH = f"{_OASIS}x509-token-profile-1.0#X509PKIPathv1"
ANONYMOUS = f"{ADDRESSING}/anonymous"


def _within(namespace: str) -> Callable[[str], str]:
    """Return a function that returns the qualified name of an element."""
    return lambda name: f"{{{namespace}}}{name}"


soap = _within(SOAP)
wsa = _within(ADDRESSING)
wsse = _within(SECURITY)
wsu = _within(UTILITY)
ds = _within(SIGNATURE)
dataservice = _within(SERVICE)
catalogue = _within(CATALOGUE)

WSU_ID = wsu("Id")
