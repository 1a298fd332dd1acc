"""Namespaces and identifiers of the messages: SOAP 1.1, WS-Addressing, WS-Security."""

from __future__ import annotations

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

WSU_ID = f"{{{UTILITY}}}Id"


def soap(name: str) -> str:
    """Return the qualified name of an element of SOAP 1.1."""
    return f"{{{SOAP}}}{name}"


def wsa(name: str) -> str:
    """Return the qualified name of an element of WS-Addressing 1.0."""
    return f"{{{ADDRESSING}}}{name}"


def wsse(name: str) -> str:
    """Return the qualified name of an element of WS-Security."""
    return f"{{{SECURITY}}}{name}"


def wsu(name: str) -> str:
    """Return the qualified name of an element of the WS-Security utility schema."""
    return f"{{{UTILITY}}}{name}"


def ds(name: str) -> str:
    """Return the qualified name of an element of XML Signature."""
    return f"{{{SIGNATURE}}}{name}"


def dataservice(name: str) -> str:
    """Return the qualified name of an element of KVK's messages."""
    return f"{{{SERVICE}}}{name}"
