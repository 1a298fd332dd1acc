"""Hold the API against its own document, with requests that schemathesis makes up.

SCHEMATHESIS_EXAMPLES says how many it makes up for each operation, beside the fixed ones
of its coverage phase: few in a run of all tests, many in the tox environment of its name.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.handlers.wsgi import WSGIHandler

import pytest
import schemathesis
from hypothesis import HealthCheck, settings as hypothesis_settings
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import (
    JsonSchemaError,
    MissingHeaderNotRejected,
    RejectedPositiveData,
    UndefinedStatusCode,
)

from klanten_plugin.domain.klanten.audittrail import audit_lines
from klanten_plugin.domain.klanten.write import create_klant
from klanten_plugin.models import Klant
from tests.api_client import KLANTEN, ROOT, URL, make_application, make_token

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "10"))
STEPS = 10
"""Operations after one another."""

CLIENT_ID = "schemathesis"
BRONORGANISATIE = "123456782"
BSN = "900222086"
BSN_FILTER = "subjectNatuurlijkPersoon__inpBsn"
SUBJECTS = {
    "natuurlijk_persoon": {"inpBsn": BSN},
    "niet_natuurlijk_persoon": {"statutaireNaam": "Het Groene Hart"},
    "vestiging": {"handelsnaam": ["De Bakker"]},
}
WRITES = ("klant_create", "klant_update", "klant_partial_update")
klantnummers = itertools.count(1)
UUID_OF_SUBJECT = "550e8400-e29b-41d4-a716-446655440000"
HOST_SUBJECT = f"http://localhost{URL}/{UUID_OF_SUBJECT}"
"""A subject in this host, whose existence is checked without a request."""

KLANT_UUID = "$response.header.Location#regex:/([^/]+)$"
AFTER_CREATE = {
    "klant_read": "uuid",
    "klant_update": "uuid",
    "klant_partial_update": "uuid",
    "klant_delete": "uuid",
    "audittrail_list": "klant_uuid",
}
"""Operations on what was created, each with the parameter of its path."""
LINE_UUID = {
    "klant_uuid": "$request.path.klant_uuid",
    "uuid": "$response.body#/0/uuid",
}


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Say which operation can follow on which: the document doesn't."""
    created = raw_schema["paths"]["/klanten"]["post"]["responses"]["201"]
    created["links"] = {
        operation: {"operationId": operation, "parameters": {name: KLANT_UUID}}
        for operation, name in AFTER_CREATE.items()
    }
    trail = raw_schema["paths"]["/klanten/{klant_uuid}/audittrail"]["get"]
    trail["responses"]["200"]["links"] = {
        "line": {"operationId": "audittrail_read", "parameters": LINE_UUID}
    }


CONFIG = {
    "seed": 1,
    "generation": {"max-examples": EXAMPLES, "deterministic": True},
    # it sends every request twice more; the other phases do that often enough
    "phases": {"coverage": {"checks": {"ignored_auth": {"enabled": False}}}},
}
DOCUMENT = schemathesis.openapi.from_wsgi(
    f"{ROOT}/schema/openapi.yaml",
    WSGIHandler(),
    config=schemathesis.Config.from_dict(CONFIG),
)


@DOCUMENT.auth()
class Token:
    """The token of the consumer that the tests make."""

    def get(self, case: schemathesis.Case, context: Any) -> str:
        return make_token(CLIENT_ID)

    def set(self, case: schemathesis.Case, data: str, context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def operation_id(case: schemathesis.Case) -> str:
    name: str = case.operation.definition.raw["operationId"]
    return name


# --- Where the standard, or what consumers know, is other than the document by nature


def is_403_without_token(failure: Failure, case: Any, response: Any) -> bool:
    """The document lists 401 too; no API of the suite sends it."""
    return (
        isinstance(failure, MissingHeaderNotRejected)
        and failure.header_name.lower() == "authorization"
        and response.status_code == 403
    )


def is_404_of_the_path(failure: Failure, case: Any, response: Any) -> bool:
    """A page that isn't there, or the audit trail of a klant that isn't."""
    return (
        isinstance(failure, UndefinedStatusCode)
        and response.status_code == 404
        and operation_id(case) in ("klant_list", "audittrail_list")
    )


def is_304_to_a_question(failure: Failure, case: Any, response: Any) -> bool:
    """The standard asks for 304, which the document leaves out."""
    return (
        isinstance(failure, (UndefinedStatusCode, RejectedPositiveData))
        and response.status_code == 304
        and "If-None-Match" in case.headers
    )


def is_empty_filter(failure: Failure, case: Any, response: Any) -> bool:
    """A filter without a value is ignored."""
    return (
        isinstance(failure, AcceptedNegativeData)
        and operation_id(case) == "klant_list"
        and "" in (case.query or {}).values()
    )


def is_no_change(failure: Failure, case: Any, response: Any) -> bool:
    """A PATCH without a body, and so without its type, changes nothing."""
    return (
        isinstance(failure, (AcceptedNegativeData, MissingHeaderNotRejected))
        and operation_id(case) == "klant_partial_update"
        and not response.request.body
    )


def is_empty_text(failure: Failure, case: Any, response: Any) -> bool:
    """Text that isn't there is ``""``, also where its format or enumeration has none."""
    return isinstance(failure, JsonSchemaError) and failure.instance == ""


RULES = {
    # what the descriptions of the operations say
    ("bronorganisatie", "invalid"),
    ("bronorganisatie", "invalid-length"),
    ("bronorganisatie", "only-digits"),
    ("nonFieldErrors", "invalid-subject"),
    ("subject", "bad-url"),
    ("subjectType", "wijzigen-niet-toegelaten"),
    # the formats of JSON Schema hold more than what is on the internet
    ("emailadres", "invalid"),
    ("subject", "invalid"),
    ("websiteUrl", "invalid"),
}
"""Names and codes of faults in data that are right as far as the document goes."""
NOT_TEXT = {"null_characters_not_allowed", "surrogate_characters_not_allowed"}
"""Codes of characters that no database holds, and no schema excludes."""


def is_a_rule(failure: Failure, case: Any, response: Any) -> bool:
    """All that is wrong breaks rules that JSON Schema has no words for."""
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return False
    faults = [(each["name"], each["code"]) for each in response.json()["invalidParams"]]
    return bool(faults) and all(
        fault in RULES or fault[1] in NOT_TEXT for fault in faults
    )


EXCEPTIONS = (
    is_403_without_token,
    is_404_of_the_path,
    is_304_to_a_question,
    is_empty_filter,
    is_no_change,
    is_empty_text,
    is_a_rule,
)


@DOCUMENT.hook
def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:
    """Whether it is a failure at all."""
    return not any(exception(failure, case, response) for exception in EXCEPTIONS)


# --- Let the requests reach what they are for


def some_klant() -> Klant:
    return create_klant(
        {
            "bronorganisatie": BRONORGANISATIE,
            "website_url": "https://example.nl/",
            "subject": HOST_SUBJECT,
        }
    )


def satisfy_rules(case: schemathesis.Case) -> None:
    """Let data that the document allows keep to the rules that it can't say, too."""
    is_right = case.meta and case.meta.generation.mode.is_positive
    if is_right and BSN_FILTER in (case.query or {}):
        case.query[BSN_FILTER] = BSN
    if not (is_right and operation_id(case) in WRITES and isinstance(case.body, dict)):
        return
    case.body["bronorganisatie"] = BRONORGANISATIE
    case.body["klantnummer"] = str(next(klantnummers))
    case.body["subject"] = HOST_SUBJECT
    subject_type = case.body.get("subjectType")
    if subject_type in SUBJECTS:
        case.body["subjectIdentificatie"] = SUBJECTS[subject_type]


def aim(case: schemathesis.Case) -> None:
    """Let a path that leads nowhere lead to a klant, or to a line of its audit trail."""
    klant = some_klant()
    there = {"uuid": str(klant.uuid)}
    if "klant_uuid" in case.path_parameters:
        line = audit_lines(klant).get()
        there = {"klant_uuid": str(klant.uuid), "uuid": str(line.uuid)}
    for name, value in case.path_parameters.items():
        if is_uuid(value):
            case.path_parameters[name] = there[name]


def is_uuid(value: Any) -> bool:
    try:
        UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True


class HostLog(logging.Handler):
    """What the host writes to its log, by its own filters and its own format."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        for handler in logging.getLogger().handlers:
            if type(handler) is logging.StreamHandler:  # and not one of pytest's
                self.setFormatter(handler.formatter)
                self.filters = handler.filters

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def assert_nothing_went_wrong(self, response: Any) -> None:
        """No failure of ours, no page where JSON is expected, no BSN in the log."""
        assert response.status_code < 500, response.text
        types = response.headers.get("content-type", [])
        assert not any("html" in media_type for media_type in types), types
        assert "<html" not in response.text.lower()
        lines, self.lines = self.lines, []
        assert not any(BSN in line for line in lines), "a BSN in the log"


@pytest.fixture
def log() -> Iterator[HostLog]:
    handler = HostLog()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_a_bsn_in_the_log_is_found(consumer: None, log: HostLog) -> None:
    response = DOCUMENT["/klanten"]["GET"].Case().call()
    log.assert_nothing_went_wrong(response)
    log.lines.append(f"GET /klanten?{BSN_FILTER}={BSN}")

    with pytest.raises(AssertionError, match="a BSN in the log"):
        log.assert_nothing_went_wrong(response)


@pytest.fixture
def consumer(transactional_db: None, multi_component: None, settings: Any) -> None:
    """One that may do everything, but lets us ask nobody for a subject."""
    make_application(CLIENT_ID, *KLANTEN)
    Klant.objects.filter(pk=some_klant().pk).update(uuid=UUID_OF_SUBJECT)
    settings.KLANTEN_SUBJECT_HOSTS = "services"


@DOCUMENT.parametrize()
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_operation(case: schemathesis.Case, consumer: None, log: HostLog) -> None:
    satisfy_rules(case)
    if case.path_parameters:
        aim(case)
    log.assert_nothing_went_wrong(case.call_and_validate())


def test_operations_after_one_another(consumer: None, log: HostLog) -> None:
    class Consumer(DOCUMENT.as_state_machine()):  # type: ignore[misc] # made at runtime
        def before_call(self, case: schemathesis.Case) -> None:
            satisfy_rules(case)

        def after_call(self, response: Any, case: schemathesis.Case) -> None:
            log.assert_nothing_went_wrong(response)

    Consumer.run(
        settings=hypothesis_settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
    )
