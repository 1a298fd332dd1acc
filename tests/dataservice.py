"""A KVK Dataservice for the tests, with generated certificates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

from django.core.files.base import ContentFile

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from lxml import etree
from simple_certmanager.constants import CertificateTypes
from simple_certmanager.models import Certificate
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.clients.nhr.dataservice.source import DataserviceSource
from klanten_plugin.constants import NhrSoort
from klanten_plugin.models import KlantenConfig, NhrBron
from klanten_plugin.models.nhr import NhrNummer
from testapp.peers.certificates import Certificates, make_certificates
from testapp.peers.dataservice import Dataservice, make_server
from testapp.peers.nhr_register import Register
from testapp.peers.soap_security import parse
from testapp.peers.wire import Reply, Request
from tests.peers.soap import Verifier
from tests.web_server import serving

FILES = Path(__file__).parent / "clients" / "nhr" / "files" / "dataservice"
LIFETIME = timedelta(days=365)
RSA = trustme.KeyType.RSA


@cache
def certificates() -> Certificates:
    """Return the authority, the server's pair and the client's. Created once."""
    return make_certificates(Path(mkdtemp(prefix="klanten-tests-")))


@dataclass
class RecordingDataservice(Dataservice):
    """A Dataservice that records messages and errors, and can respond wrongly.

    ``instead`` responds instead of the register, and ``tamper`` changes the bytes of a
    response.
    """

    instead: Callable[[bytes], Reply] | None = None
    tamper: Callable[[bytes], bytes] | None = None
    taken: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    make_verifier: ClassVar[type[Verifier]] = Verifier

    def __call__(self, request: Request) -> Reply:
        reply = super().__call__(request)
        if reply.status != 200:
            self.refused.append(reply.body())
            return reply
        self.taken.append(request.body)
        if self.instead is not None:
            return self.instead(request.body)
        body = reply.body()
        return replace(reply, content=self.tamper(body) if self.tamper else body)


@dataclass
class DataservicePeer:
    """The service, and the requests that it received."""

    service: RecordingDataservice
    port: int

    @property
    def root(self) -> str:
        return f"https://127.0.0.1:{self.port}/"

    def reset(self) -> None:
        """Restore the initial state."""
        fresh = Register()
        self.service.register = lambda: fresh
        self.service.signs = True
        self.service.instead = self.service.tamper = None
        self.service.taken.clear()
        self.service.refused.clear()

    def answer_with(self, response: bytes, *, signed: bool = True) -> None:
        """Respond to every request with this response element, in an envelope."""

        def instead(message: bytes) -> Reply:
            asked = parse(message)
            message_id = asked.findtext(
                ".//{http://www.w3.org/2005/08/addressing}MessageID"
            )
            self.service.signs = signed
            body = self.service.wrap(message_id or "", parse_any(response))
            return Reply(200, body, "text/xml")

        self.service.instead = instead

    def answer_as_is(
        self, body: bytes, status: int = 200, kind: str = "text/xml"
    ) -> None:
        """Respond to every request with these bytes."""
        self.service.instead = lambda _message: Reply(status, body, kind)

    def tamper(self, change: Callable[[bytes], bytes]) -> None:
        """Change each response before it is sent."""
        self.service.tamper = change


def parse_any(content: bytes) -> Any:
    """Return the root element of any trusted XML."""
    return etree.fromstring(content)


@contextmanager
def running_dataservice(
    register: Callable[[], Register] = Register,
) -> Iterator[DataservicePeer]:
    """Run a Dataservice in this context."""
    service = RecordingDataservice(register, certificates())
    with serving(make_server(service)) as port:
        yield DataservicePeer(service, port)


def store_certificate(
    certificate: bytes, key: bytes | None = None, label: str = "test"
) -> Certificate:
    """Return a certificate in the form in which an administrator uploads it."""
    kind = CertificateTypes.key_pair if key else CertificateTypes.cert_only
    return Certificate.objects.create(
        label=label,
        type=kind,
        public_certificate=ContentFile(certificate, name="certificate.pem"),
        private_key=ContentFile(key, name="key.pem") if key else "",
    )


def client_certificate() -> Certificate:
    """Return a pair that the peer's authority has signed."""
    made = certificates()
    return store_certificate(
        made.certificate("client").read_bytes(), made.key("client").read_bytes()
    )


Pair = tuple[x509.Certificate, bytes]


def new_pair(lifetime: timedelta = LIFETIME) -> Pair:
    """Return a new, self-signed pair."""
    return _pair(trustme.CA(key_type=RSA), lifetime)


def weak_pair() -> Pair:
    """Return a pair with a key of 1024 bits, which libraries refuse to generate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weak")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate, pem


def _pair(authority: trustme.CA, lifetime: timedelta) -> Pair:
    ends = datetime.now(UTC) + lifetime
    made = authority.issue_cert("test", key_type=RSA, not_after=ends)
    pem = made.cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem), made.private_key_pem.bytes()


def stored_pair(certificate: x509.Certificate, key: bytes) -> Certificate:
    """Return a pair in the form in which an administrator uploads it."""
    return store_certificate(certificate.public_bytes(Encoding.PEM), key)


def make_service(root: str, **fields: Any) -> Service:
    """Return a Service with mutual TLS, as configured by an administrator."""
    defaults = {
        "client_certificate": client_certificate,
        "server_certificate": lambda: store_certificate(
            certificates().authority.read_bytes()
        ),
    }
    for name, make in defaults.items():
        if name not in fields:
            fields[name] = make()
    return Service.objects.create(
        label="Dataservice",
        slug=f"dataservice-{Service.objects.count()}",
        api_type=APITypes.orc,
        api_root=root,
        auth_type=AuthTypes.no_auth,
        **{"timeout": 5, **fields},
    )


def add_dataservice(root: str, **fields: Any) -> NhrBron:
    """Add it as the least trusted source."""
    return NhrBron.objects.create(
        config=KlantenConfig.get_solo(),
        position=NhrBron.objects.count(),
        soort=NhrBron.Soort.DATASERVICE,
        service=make_service(root),
        **fields,
    )


def with_representative() -> None:
    """Have the representative adopted as well."""
    config = KlantenConfig.get_solo()
    config.nhr_vertegenwoordiger = True
    config.save()


def look_up(source: DataserviceSource, nummer: str) -> Any:
    """Return the answer for a vestigingsnummer, or an RSIN, depending on the length."""
    soort = NhrSoort.VESTIGING if len(nummer) == 12 else NhrSoort.RECHTSPERSOON
    return source.look_up(NhrNummer(soort, nummer))
