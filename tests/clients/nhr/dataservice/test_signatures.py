"""Changed messages are refused on both sides."""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_pem_private_key,
)
from lxml import etree

from klanten_plugin.clients.nhr.dataservice.certificates import Credentials
from klanten_plugin.clients.nhr.dataservice.messages import (
    SIGNED,
    Operation,
    Question,
    build_envelope,
)
from klanten_plugin.clients.nhr.dataservice.namespaces import X509_PATH, X509_V3
from klanten_plugin.clients.nhr.dataservice.parsing import NotReadable, parse
from klanten_plugin.clients.nhr.dataservice.signing import sign
from klanten_plugin.clients.nhr.dataservice.source import DataserviceSource
from klanten_plugin.clients.nhr.dataservice.verifying import (
    UnknownSigner,
    WronglySigned,
    signed_body,
)
from klanten_plugin.exceptions import (
    ConfigurationError,
    RemoteError,
    TemporaryRemoteError,
)
from testapp.peers.dataservice import ADDRESS, Dataservice
from testapp.peers.nhr_register import Register
from testapp.peers.soap_security import NAMES, Refused, Signer
from tests.dataservice import (
    DataservicePeer,
    certificates,
    look_up,
    make_service,
    new_pair,
)
from tests.nhr import STICHTING
from tests.peers.soap import Verifier

STEP = 7
"""Interval of changed bytes: a prime, to cover all kinds of positions."""

QUESTION = Question(Operation.VESTIGING, "vestigingsnummer", STICHTING)


@cache
def pair(name: str) -> Credentials:
    made = certificates()
    key: Any = load_pem_private_key(made.key(name).read_bytes(), None)
    certificate = made.certificate(name).read_bytes()
    return Credentials(x509.load_pem_x509_certificate(certificate), key)


def unsigned() -> Any:
    return build_envelope(QUESTION, to=ADDRESS, message_id="uuid:1")


def question() -> bytes:
    """A signed request, as sent by the plugin."""
    return sign(unsigned(), pair("client"))


def answer(**options: Any) -> bytes:
    """A signed response, as sent by the peer."""
    service = Dataservice(Register, certificates(), **options)
    content = etree.fromstring(question()).find("soap:Body", NAMES)[0]
    return service.answer("uuid:1", content)


def verifier() -> Verifier:
    authority = certificates().authority.read_bytes()
    return Verifier(x509.load_pem_x509_certificate(authority))


def over_tls() -> bytes:
    return pair("client").certificate.public_bytes(Encoding.DER)


def changed(content: bytes, position: int) -> bytes:
    """Return the content with another character at this position."""
    other = b"y" if content[position : position + 1] == b"x" else b"x"
    return content[:position] + other + content[position + 1 :]


def covered(root: Any, paths: tuple[str, ...]) -> list[bytes]:
    """Return the canonical content of the parts at these paths."""
    return [
        etree.tostring(root.find(path, NAMES), method="c14n", exclusive=True)
        for path in paths
    ]


PARTS = (
    "soap:Header/wsa:To",
    "soap:Header/wsa:MessageID",
    "soap:Header/wsa:Action",
    "soap:Header/wsa:ReplyTo",
    "soap:Header/wsse:Security/wsu:Timestamp",
    "soap:Body",
)


def test_a_question_changed_in_one_byte_is_refused() -> None:
    content = question()
    said = covered(verifier().verify(content, over_tls()).root, PARTS)
    refused = 0
    for position in range(0, len(content), STEP):
        try:
            found = verifier().verify(changed(content, position), over_tls())
        except Refused:
            refused += 1
        else:
            # such as the last bits of a base64 text, which don't affect its value
            assert covered(found.root, PARTS) == said, position
    assert refused > 0.9 * len(content) / STEP


def test_each_byte_of_the_parts_of_a_question_counts() -> None:
    content = question()
    for name in (*SIGNED[1:], "Body"):
        start = content.index(f'Id="{name}"'.encode()) + len(name) + 5
        with pytest.raises(Refused):
            verifier().verify(changed(content, start + 1), over_tls())


def test_an_answer_changed_in_one_byte_is_refused() -> None:
    content = answer()
    said = etree.tostring(signed_body(content, parse(content), ()), method="c14n")
    body = content.index(b"<soap:Body")
    refused = 0
    positions = range(0, len(content), STEP)
    for position in positions:
        wrong = changed(content, position)
        try:
            found = signed_body(wrong, parse(wrong), ())
        except (WronglySigned, UnknownSigner, NotReadable):
            refused += 1
        else:
            assert position < body, wrong[position - 20 : position + 20]
            assert etree.tostring(found, method="c14n") == said
    assert refused > 0.8 * len(positions)


def test_over_the_wire(dataservice: DataservicePeer, db: Any) -> None:
    source = DataserviceSource(make_service(dataservice.root))
    dataservice.tamper(lambda body: body.replace(b"balie@", b"bolie@"))
    with pytest.raises(TemporaryRemoteError, match="handtekening") as caught:
        look_up(source, STICHTING)
    assert "balie" not in str(caught.value)
    dataservice.tamper(lambda body: body.replace(b"uuid:", b"uuid;"))
    with pytest.raises(RemoteError):
        look_up(source, STICHTING)


def test_a_message_is_taken_once() -> None:
    content, one = question(), verifier()
    one.verify(content, over_tls())
    with pytest.raises(Refused, match="seen before"):
        one.verify(content, over_tls())


@pytest.mark.parametrize(
    ("digest", "signature"),
    [("Sha256", "RsaSha256"), ("Sha1", "RsaSha256"), ("Sha256", "RsaSha1")],
)
def test_algorithms_of_a_question(
    digest: str, signature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = Signer(certificates().key("client"), pair("client").certificate)
    transforms = {"TransformSha256": digest, "TransformRsaSha256": signature}
    with monkeypatch.context() as signing:
        for name, used in transforms.items():
            transform = getattr(xmlsec.constants, f"Transform{used}")
            signing.setattr(xmlsec.constants, name, transform)
        content = signer.sign(unsigned(), PARTS)
    if (digest, signature) == ("Sha256", "RsaSha256"):
        assert verifier().verify(content, over_tls())
    else:
        with pytest.raises(Refused):
            verifier().verify(content, over_tls())


@pytest.mark.parametrize("part", PARTS)
def test_a_question_without_a_part_is_refused(part: str) -> None:
    root = etree.fromstring(question())
    element = root.find(part, NAMES)
    element.getparent().remove(element)
    with pytest.raises(Refused):
        verifier().verify(etree.tostring(root), over_tls())


def test_somebody_elses_certificate_is_refused() -> None:
    certificate, key = new_pair()
    private: Any = load_pem_private_key(key, None)
    content = sign(unsigned(), Credentials(certificate, private))
    with pytest.raises(Refused, match="not one of ours"):
        verifier().verify(content, over_tls())


def test_a_body_beside_the_signed_one_is_never_read() -> None:
    """Signature wrapping: the signed body is moved, and another takes its place."""
    root = etree.fromstring(answer())
    body, header = root.find("soap:Body", NAMES), root.find("soap:Header", NAMES)
    forged = etree.fromstring(
        etree.tostring(body).replace(b"balie@domeinnaam1.nl", b"dief@example.nl")
    )
    forged.attrib.clear()
    header.append(body)
    root.append(forged)
    content = etree.tostring(root)
    try:
        found = signed_body(content, parse(content), ())
    except WronglySigned:
        return
    assert b"dief@" not in etree.tostring(found)
    assert b"balie@" in etree.tostring(found)


def resigned(change: Any) -> tuple[bytes, Any]:
    root = etree.fromstring(answer())
    change(root)
    content = etree.tostring(root)
    return content, parse(content)


def remove_body_reference(root: Any) -> None:
    reference = root.find(".//ds:Reference", NAMES)
    reference.getparent().remove(reference)


def double_signature(root: Any) -> None:
    signature = root.find(".//ds:Signature", NAMES)
    signature.getparent().append(etree.fromstring(etree.tostring(signature)))


def move_signature(root: Any) -> None:
    root.find("soap:Body", NAMES).append(root.find(".//ds:Signature", NAMES))


def weaken(root: Any) -> None:
    method = root.find(".//ds:SignatureMethod", NAMES)
    method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")


def many_references(root: Any) -> None:
    reference = root.find(".//ds:Reference", NAMES)
    for _ in range(20):
        reference.getparent().append(etree.fromstring(etree.tostring(reference)))


@pytest.mark.parametrize(
    "change",
    [remove_body_reference, double_signature, move_signature, weaken, many_references],
)
def test_signatures_that_are_refused(change: Any) -> None:
    content, root = resigned(change)
    with pytest.raises(WronglySigned):
        signed_body(content, root, ())


def server_certificate() -> x509.Certificate:
    return pair("server").certificate


def authority() -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates().authority.read_bytes())


def test_who_may_have_signed() -> None:
    content = answer()
    root = parse(content)
    stranger, _key = new_pair()
    for trusted in ((), (server_certificate(),), (stranger, authority())):
        signed_body(content, root, trusted)
    with pytest.raises(WronglySigned):
        signed_body(content, root, (stranger,))


def test_a_path_of_certificates() -> None:
    """X509PKIPathv1: the authority's certificate, then the signer's."""

    def as_path(root: Any) -> None:
        token = root.find(".//wsse:BinarySecurityToken", NAMES)
        members = authority().public_bytes(Encoding.DER) + b64decode(token.text)
        length = len(members).to_bytes(2, "big")
        token.set("ValueType", X509_PATH)
        token.text = b64encode(b"\x30\x82" + length + members).decode()

    content, root = resigned(as_path)
    assert signed_body(content, root, (authority(),)) is not None
    for cut in (b"\x30\x82\xff\xff", b"\x31", b"", b"\x30\x03\x30\x01\x00\x00"):
        token = root.find(".//wsse:BinarySecurityToken", NAMES)
        token.text = b64encode(cut).decode()
        with pytest.raises(WronglySigned):
            signed_body(content, root, ())


def test_a_certificate_that_is_only_named() -> None:
    def name_it(root: Any) -> None:
        info = root.find(".//ds:KeyInfo", NAMES)
        pointer = info.find("wsse:SecurityTokenReference/wsse:Reference", NAMES)
        pointer.getparent().remove(pointer)

    content, root = resigned(name_it)
    with pytest.raises(UnknownSigner):
        signed_body(content, root, ())
    assert signed_body(content, root, (server_certificate(),)) is not None


def test_a_token_that_isnt_there_or_is_rubbish() -> None:
    content = answer()
    root = parse(content)
    token = root.find(".//wsse:BinarySecurityToken", NAMES)
    assert token.get("ValueType") == X509_V3
    token.text = "no base64"
    with pytest.raises(WronglySigned):
        signed_body(content, root, ())
    token.getparent().remove(token)
    with pytest.raises(UnknownSigner):
        signed_body(content, root, ())


@pytest.mark.parametrize(
    ("policy", "signs", "taken"),
    [
        ("verify", True, True),
        ("verify", False, True),
        ("require", True, True),
        ("require", False, False),
        ("ignore", False, True),
    ],
)
def test_policies(
    dataservice: DataservicePeer,
    db: Any,
    settings: Any,
    policy: str,
    signs: bool,
    taken: bool,
) -> None:
    settings.KLANTEN_NHR_DATASERVICE_SIGNATURE = policy
    dataservice.service.signs = signs
    source = DataserviceSource(make_service(dataservice.root))
    if taken:
        assert look_up(source, STICHTING).found
    else:
        with pytest.raises(TemporaryRemoteError, match="zonder handtekening"):
            look_up(source, STICHTING)


def test_trust_over_the_wire(
    dataservice: DataservicePeer, db: Any, settings: Any, tmp_path: Path
) -> None:
    source = DataserviceSource(make_service(dataservice.root))
    settings.KLANTEN_NHR_DATASERVICE_CERTIFICATES = str(certificates().authority)
    assert look_up(source, STICHTING).found
    stranger, _key = new_pair()
    pem = tmp_path / "stranger.pem"
    pem.write_bytes(stranger.public_bytes(Encoding.PEM))
    settings.KLANTEN_NHR_DATASERVICE_CERTIFICATES = str(pem)
    with pytest.raises(TemporaryRemoteError, match="klopt niet"):
        look_up(source, STICHTING)
    pem.write_text("geen certificaat")
    with pytest.raises(ConfigurationError, match="CERTIFICATES"):
        look_up(source, STICHTING)


def test_nothing_of_a_message_is_logged(
    dataservice: DataservicePeer, db: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("signxml").setLevel(logging.DEBUG)
    look_up(DataserviceSource(make_service(dataservice.root)), STICHTING)
    assert "balie@" not in caplog.text
    assert "PRIVATE KEY" not in caplog.text
