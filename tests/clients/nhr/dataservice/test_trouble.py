"""Network errors and faults, and whether they are retried."""

from __future__ import annotations

import ssl
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from klanten_plugin.clients.nhr.dataservice.parsing import (
    MAX_DEPTH,
    NotReadable,
    parse,
)
from klanten_plugin.clients.nhr.dataservice.source import DataserviceSource
from klanten_plugin.clients.nhr.dataservice.wire import MAX_ANSWER_BYTES
from klanten_plugin.clients.nhr.protocol import NOTHING
from klanten_plugin.exceptions import (
    ConfigurationError,
    PermanentRemoteError,
    RemoteError,
    TemporaryRemoteError,
)
from testapp.peers.dataservice import make_server
from testapp.peers.wire import Reply
from tests.dataservice import (
    DataservicePeer,
    certificates,
    client_certificate,
    look_up,
    make_service,
    new_pair,
    store_certificate,
    stored_pair,
    weak_pair,
)
from tests.nhr import DONALD, STICHTING
from tests.web_server import serving

from .xml import CAT, brief, fouten, response, soap_fault

VESTIGING = "ophalenVestiging"
HTML = b"<!DOCTYPE html><title>Onderhoud</title><h1>Even geduld</h1>"


def outcome(peer: DataservicePeer, nummer: str = DONALD) -> tuple[str, str]:
    """Return the outcome of a look-up: a keyword, and the administrator's message."""
    source = DataserviceSource(make_service(peer.root))
    try:
        answer = look_up(source, nummer)
    except TemporaryRemoteError as error:
        return "later", str(error)
    except ConfigurationError as error:
        return "stop", str(error)
    except PermanentRemoteError as error:
        return "never", str(error)
    return ("absent" if answer == NOTHING else "answer"), ""


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["IPD0005"], "absent"),
        (["IPD0007"], "absent"),
        (["IPD5200"], "absent"),
        (["IPD1002"], "later"),
        (["IPD1003"], "later"),
        (["IPD9999"], "later"),
        (["IPD0004"], "never"),
        (["IPD0006"], "never"),
        (["IPD0010"], "never"),
        (["IPD1998"], "later"),
        (["IPD0007", "IPD1002"], "later"),
        # not in KVK's documentation
        (["IPD7777"], "never"),
        (["Jan Jansen"], "later"),
    ],
)
@pytest.mark.parametrize("signed", [True, False])
def test_functional_faults(
    dataservice: DataservicePeer, db: Any, codes: list[str], expected: str, signed: bool
) -> None:
    dataservice.answer_with(fouten(VESTIGING, *codes), signed=signed)
    word, sentence = outcome(dataservice)
    assert word == expected
    assert "Jansen" not in sentence


@pytest.mark.parametrize(
    ("fault", "expected", "says"),
    [
        (soap_fault("soap:Client", "WSA01 To onjuist"), "stop", "WSA01"),
        (
            soap_fault("soap:Server", "", "<detail>AUTHPSTBS09</detail>"),
            "stop",
            "AUTHPSTBS09",
        ),
        (soap_fault("wsse:FailedCheck"), "stop", "handtekening"),
        (soap_fault("wsse:FailedAuthentication", "Jan"), "stop", "handtekening"),
        (soap_fault("wsse:InvalidSecurityToken"), "stop", "handtekening"),
        (soap_fault("wsu:MessageExpired"), "stop", "klok"),
        (soap_fault("soap:Client", "Jan Jansen"), "never", "500"),
        (soap_fault("soap:Server", "Jan Jansen"), "later", "500"),
        (soap_fault(""), "later", "500"),
    ],
    ids=brief,
)
def test_soap_faults(
    dataservice: DataservicePeer, db: Any, fault: bytes, expected: str, says: str
) -> None:
    dataservice.answer_as_is(fault, 500)
    word, sentence = outcome(dataservice)
    assert word == expected
    assert says in sentence
    assert "Jan" not in sentence


EMPTY = response(VESTIGING, "<meldingen/>")
OTHER = response(
    VESTIGING,
    f'<meldingen/><product><c:commercieleVestiging xmlns:c="{CAT}">'
    "<c:vestigingsnummer>000000000001</c:vestigingsnummer>"
    "</c:commercieleVestiging></product>",
)


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (HTML, 200, "later"),
        (HTML, 404, "later"),
        (HTML, 408, "later"),
        (HTML, 429, "later"),
        (HTML, 500, "later"),
        (HTML, 502, "later"),
        (HTML, 503, "later"),
        (HTML, 401, "stop"),
        (HTML, 403, "stop"),
        (HTML, 400, "never"),
        (HTML, 302, "later"),
        (b"", 200, "later"),
        (b"{}", 200, "later"),
        (b"<x/>", 200, "later"),
        (b"<soap", 200, "later"),
        # a document type, with an entity that would expand to a gigabyte
        (
            b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
            b"<x>&b;</x>",
            200,
            "later",
        ),
        (b"<x>" * 5000 + b"</x>" * 5000, 200, "later"),
        (b" " * (MAX_ANSWER_BYTES + 1), 200, "later"),
    ],
    ids=brief,
)
def test_what_isnt_soap(
    dataservice: DataservicePeer, db: Any, body: bytes, status: int, expected: str
) -> None:
    dataservice.answer_as_is(body, status)
    assert outcome(dataservice)[0] == expected


@pytest.mark.parametrize(
    "body", [EMPTY, response("ophalenInschrijving", "")], ids=brief
)
def test_soap_without_a_product(
    dataservice: DataservicePeer, db: Any, body: bytes
) -> None:
    dataservice.answer_with(body)
    assert outcome(dataservice)[0] == "later"


def test_another_number_than_was_asked_for(
    dataservice: DataservicePeer, db: Any
) -> None:
    dataservice.answer_with(OTHER)
    assert outcome(dataservice) == (
        "never",
        "KVK Dataservice antwoordde over een ander nummer.",
    )


def test_an_answer_to_another_question(dataservice: DataservicePeer, db: Any) -> None:
    body = dataservice.service.wrap("uuid:another", _parsed(EMPTY))
    dataservice.answer_as_is(body)
    assert outcome(dataservice)[1] == "KVK Dataservice antwoordde op een andere vraag."


def _parsed(content: bytes) -> Any:
    return parse(content)


def test_depth_and_entities_of_the_parser() -> None:
    deep = b"<x>" * MAX_DEPTH + b"</x>" * MAX_DEPTH
    assert parse(deep) is not None
    for content in (
        b"<x>" + deep + b"</x>",
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><x/>'.encode("utf-16"),
        b"<x>&unknown;</x>",
    ):
        with pytest.raises(NotReadable):
            parse(content)


def failing(peer: DataservicePeer, **fields: Any) -> RemoteError:
    source = DataserviceSource(make_service(peer.root, **fields))
    with pytest.raises(RemoteError) as caught:
        look_up(source, STICHTING)
    return caught.value


def test_a_client_certificate_that_the_server_refuses(
    dataservice: DataservicePeer, db: Any
) -> None:
    strange = stored_pair(*new_pair())
    error = failing(dataservice, client_certificate=strange)
    assert isinstance(error, ConfigurationError)
    assert "TLS" in str(error)
    assert dataservice.service.taken == dataservice.service.refused == []


def test_a_server_that_isnt_trusted(dataservice: DataservicePeer, db: Any) -> None:
    certificate, _key = new_pair()
    other = store_certificate(certificate.public_bytes(Encoding.PEM))
    error = failing(dataservice, server_certificate=other)
    assert isinstance(error, ConfigurationError)
    assert dataservice.service.taken == dataservice.service.refused == []


def test_the_certificates_of_the_service_go_before_those_of_the_environment(
    dataservice: DataservicePeer, db: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    certificate, _key = new_pair()
    (tmp_path / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    assert outcome(dataservice)[0] == "answer"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: None, "geen clientcertificaat"),
        (
            lambda: store_certificate(certificates().authority.read_bytes()),
            "geen clientcertificaat",
        ),
        (lambda: stored_pair(*new_pair(timedelta(hours=-1))), "nu niet geldig"),
        (lambda: stored_pair(*weak_pair()), "2048"),
        (lambda: stored_pair(new_pair()[0], new_pair()[1]), "hoort niet bij"),
        (lambda: store_certificate(b"rubbish", b"rubbish"), "niet te lezen"),
    ],
)
def test_a_certificate_that_cant_be_used(
    dataservice: DataservicePeer, db: Any, make: Any, says: str
) -> None:
    error = failing(dataservice, client_certificate=make())
    assert isinstance(error, ConfigurationError)
    assert says in str(error)


def test_without_tls(dataservice: DataservicePeer, db: Any) -> None:
    peer = DataservicePeer(dataservice.service, dataservice.port)
    service = make_service(peer.root.replace("https", "http"))
    with pytest.raises(ConfigurationError, match="https"):
        look_up(DataserviceSource(service), DONALD)


def test_another_logical_address(
    dataservice: DataservicePeer, db: Any, settings: Any
) -> None:
    settings.KLANTEN_NHR_DATASERVICE_ADDRESS = "http://es.kvk.nl/elders"
    assert outcome(dataservice) == (
        "stop",
        "KVK Dataservice antwoordde 500 (WSA01). Controleer "
        "KLANTEN_NHR_DATASERVICE_ADDRESS.",
    )


def test_nobody_listens(db: Any, dataservice: DataservicePeer) -> None:
    service = make_service("https://127.0.0.1:1/")
    with pytest.raises(TemporaryRemoteError):
        look_up(DataserviceSource(service), DONALD)


def test_tls_before_1_2_is_refused(dataservice: DataservicePeer, db: Any) -> None:
    server = make_server(dataservice.service)
    context: Any = server.context
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with serving(server) as port:
        service = make_service(f"https://127.0.0.1:{port}/")
        with pytest.raises(ConfigurationError, match="TLS"):
            look_up(DataserviceSource(service), DONALD)


def test_a_slow_server(dataservice: DataservicePeer, db: Any) -> None:
    waiting = threading.Event()

    def wait(_message: bytes) -> Reply:
        waiting.wait(10)
        return Reply(200, b"", "text/xml")

    dataservice.service.instead = wait
    service = make_service(dataservice.root, timeout=1)
    try:
        with pytest.raises(TemporaryRemoteError):
            look_up(DataserviceSource(service), DONALD)
    finally:
        waiting.set()


def test_addresses_with_a_path(dataservice: DataservicePeer, db: Any) -> None:
    """The endpoint that KVK used before, with the trailing slash of a root."""
    service = make_service(
        f"{dataservice.root}postbus2/", client_certificate=client_certificate()
    )
    assert look_up(DataserviceSource(service), DONALD).found
