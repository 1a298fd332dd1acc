"""Interpret the responses of Dataservice, by KVK's codes and SOAP faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy

from lxml.etree import _Element as Element

from ....exceptions import (
    AccessRefused,
    ConfigurationError,
    PermanentRemoteError,
    TemporaryRemoteError,
)
from ...http.answers import PASSING, SUCCESS, AnswerTable, Meaning, Rule
from ...http.reply import Reply
from ..errors import BY_CODE, ipd_codes
from .elements import first_child
from .namespaces import dataservice, soap

NAME = "KVK Dataservice"

FAULT_CODE = re.compile(r"\b(?:WSA|AUTHPSTBS|IPD)[0-9]{2,6}\b")
"""KVK's codes in the text of a fault, of which the rest is never shown."""

SECURITY_FAULTS = frozenset(
    {
        "failedauthentication",
        "failedcheck",
        "invalidsecurity",
        "invalidsecuritytoken",
        "messageexpired",
        "securitytokenunavailable",
        "unsupportedalgorithm",
        "unsupportedsecuritytoken",
    }
)
"""Names of WS-Security faults, in lower case."""


@dataclass(frozen=True)
class SoapReply(Reply):
    """A response with the element in its body, or ``None`` if it isn't SOAP.

    For a signed response that is the signed element. ``payload`` has the structure of
    KVK's REST APIs: a mapping with ``fout`` and, on success, ``product``.
    """

    element: Element | None = field(default=None, repr=False)
    expected: str = ""
    """Qualified name of the expected response element."""

    @cached_property
    def payload(self) -> Any:
        """The faults and the product of a response; ``None`` for anything else."""
        if self.element is None or self.element.tag != self.expected:
            return None
        path = f"{dataservice('meldingen')}/{dataservice('fout')}/{dataservice('code')}"
        found = [{"code": code.text} for code in self.element.iterfind(path)]
        product = first_child(self.element.find(dataservice("product")))
        return {"fout": found, "product": product}

    @property
    def fault(self) -> Element | None:
        """The ``soap:Fault``, if the response is one."""
        is_fault = self.element is not None and self.element.tag == soap("Fault")
        return self.element if is_fault else None

    @property
    def fault_name(self) -> str:
        """The local name of the faultcode, in lower case."""
        text = "" if self.fault is None else self.fault.findtext("faultcode") or ""
        return text.rpartition(":")[2].strip().lower()

    @property
    def fault_codes(self) -> tuple[str, ...]:
        """KVK's own codes in a fault."""
        texts: Iterable[str] = () if self.fault is None else self.fault.itertext()
        return tuple(FAULT_CODE.findall(" ".join(texts)))


def codes_of(reply: Reply) -> tuple[str, ...]:
    """Return the codes of a response, or of a fault."""
    return ipd_codes(reply) or _soap(reply).fault_codes


def _soap(reply: Reply) -> SoapReply:
    assert isinstance(reply, SoapReply)
    return reply


def has_fault_code(beginning: str) -> Callable[[Reply], bool]:
    """Return a condition: a fault has a code of KVK with this prefix."""
    return lambda reply: any(
        code.startswith(beginning) for code in _soap(reply).fault_codes
    )


def has_fault_name(names: Iterable[str]) -> Callable[[Reply], bool]:
    """Return a condition: the faultcode is one of these."""
    known = frozenset(names)
    return lambda reply: _soap(reply).fault_name in known


def is_fault(reply: Reply) -> bool:
    """Whether the answer is a ``soap:Fault``."""
    return _soap(reply).fault is not None


def has_codes(reply: Reply) -> bool:
    """Whether a response has error codes."""
    return bool(ipd_codes(reply))


def has_product(reply: Reply) -> bool:
    """Whether the response has a product."""
    return bool(reply.payload) and reply.payload["product"] is not None


DATASERVICE = AnswerTable(
    (
        *BY_CODE,
        Rule(
            ConfigurationError,
            when=has_fault_code("WSA"),
            says=gettext_lazy("{answer}. Controleer KLANTEN_NHR_DATASERVICE_ADDRESS."),
        ),
        Rule(
            ConfigurationError,
            when=has_fault_code("AUTHPSTBS"),
            says=gettext_lazy(
                "{answer}. Controleer KLANTEN_NHR_DATASERVICE_ADDRESS en de "
                "aansluiting bij KVK."
            ),
        ),
        Rule(
            ConfigurationError,
            when=has_fault_name(SECURITY_FAULTS),
            says=gettext_lazy(
                "{answer}. De handtekening is geweigerd: controleer het "
                "clientcertificaat, en de klok."
            ),
        ),
        Rule(PermanentRemoteError, when=has_fault_name({"client"})),
        Rule(TemporaryRemoteError, when=is_fault),
        Rule(Meaning.OK, SUCCESS, has_product),
        # a code that isn't in KVK's documentation
        Rule(PermanentRemoteError, SUCCESS, has_codes),
        Rule(
            AccessRefused,
            {401, 403},
            says=gettext_lazy("{answer}. Controleer de aansluiting."),
        ),
        # from a gateway, not from the register
        Rule(TemporaryRemoteError, {404} | PASSING),
        Rule(TemporaryRemoteError, SUCCESS, says=gettext_lazy("{answer}. Geen SOAP.")),
        Rule(TemporaryRemoteError, range(300, 400)),
    ),
    codes=codes_of,
    name=NAME,
)
"""The table for both operations."""
