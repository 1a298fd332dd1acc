"""After any sequence of requests, a klant is in the state that the rules define.

HYPOTHESIS_PROFILE=long tries many more, and others in every run.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from vng_api_common.audittrails.models import AuditTrail

from klanten_plugin.models import Klant
from tests.api_client import ApiClient, faults
from tests.klant_model import (
    HOST,
    Body,
    Faults,
    changed,
    faults_of,
    in_snake_case,
    klant_bodies,
    nothing,
)

PROFILES = {
    "normal": settings(max_examples=20, stateful_step_count=20, derandomize=True),
    "long": settings(max_examples=1000, stateful_step_count=50),
}
PROFILE = settings(
    PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "normal")],
    deadline=None,
    database=None,
    # explaining a failure takes longer than finding it, so leave it to a human
    phases=set(Phase) - {Phase.explain},
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
ENOUGH = 2
"""Minimum number of klanten before one is deleted."""
REQUIRED = ("bronorganisatie", "websiteUrl")


@dataclass
class Known:
    """An existing klant: its values without its URL, and its number of changes."""

    body: Body
    etag: str
    lines: int = 1

    @property
    def pair(self) -> tuple[str, str]:
        return self.body["bronorganisatie"], self.body["klantnummer"]


def without_url(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "url"}


class Client(ApiClient):
    """A client of the host whose URLs can be a subject."""

    def request(self, method: str, path: str, data: Any = ..., **options: Any) -> Any:
        headers = {"Host": HOST, **options.pop("headers", {})}
        return super().request(method, path, data, headers=headers, **options)


class Consumer(RuleBasedStateMachine):
    """Sends requests, and predicts their effect on the klanten."""

    api: Client
    klanten = Bundle("klanten")

    def __init__(self) -> None:
        super().__init__()
        # left by the previous example
        Klant.objects.all().delete()
        AuditTrail.objects.all().delete()
        self.known: dict[str, Known] = {}

    @rule(target=klanten, data=st.data(), is_snake=st.booleans())
    def create(self, data: st.DataObject, is_snake: bool) -> Any:
        sent = data.draw(klant_bodies(nothing(), list(self.known), REQUIRED))
        response = self.api.post(in_snake_case(sent) if is_snake else sent)
        if found := self.faults_of(nothing(), sent):
            assert faults(response) == found
            return multiple()
        expected = changed(nothing(), sent)
        assert response.status_code == 201, response.content
        klant = response.json()
        if "klantnummer" not in sent:
            expected["klantnummer"] = klant["klantnummer"]
            assert re.fullmatch(r"[0-9]{8}", klant["klantnummer"])
            assert expected["klantnummer"] not in self.numbers()
        assert without_url(klant) == expected
        self.known[klant["url"]] = Known(expected, "")
        self.check_etag(klant["url"], is_changed=True)
        return klant["url"]

    @rule(url=klanten, data=st.data(), is_snake=st.booleans())
    def put(self, url: str, data: st.DataObject, is_snake: bool) -> None:
        self.update("PUT", url, data, is_snake)

    @rule(url=klanten, data=st.data(), is_snake=st.booleans())
    def patch(self, url: str, data: st.DataObject, is_snake: bool) -> None:
        self.update("PATCH", url, data, is_snake)

    def update(
        self, method: str, url: str, data: st.DataObject, is_snake: bool
    ) -> None:
        klant = self.known[url]
        required = REQUIRED if method == "PUT" else ()
        sent = data.draw(klant_bodies(klant.body, list(self.known), required))
        body = in_snake_case(sent) if is_snake else sent
        response = self.api.request(method, url, body)
        if found := self.faults_of(klant.body, sent, url):
            assert faults(response) == found
            self.check_etag(url, is_changed=False)
            return
        expected = changed(klant.body, sent)
        assert response.status_code == 200, response.content
        assert without_url(response.json()) == expected
        is_changed = klant.body != expected
        klant.body, klant.lines = expected, klant.lines + 1
        self.check_etag(url, is_changed=is_changed)

    @precondition(lambda self: len(self.known) > ENOUGH)
    @rule(url=consumes(klanten))
    def delete(self, url: str) -> None:
        assert self.api.delete(url).status_code == 204
        del self.known[url]
        assert self.api.get(url).status_code == 404
        assert self.api.get(f"{url}/audittrail").status_code == 404

    @invariant()
    def nothing_else_is_there(self) -> None:
        assert Klant.objects.count() == len(self.known)
        lines = sum(klant.lines for klant in self.known.values())
        assert AuditTrail.objects.count() == lines

    def teardown(self) -> None:
        shown = self.api.get().json()
        # the oldest first
        assert [each["url"] for each in shown["results"]] == list(self.known)
        assert shown["count"] == len(self.known)
        for url, klant in self.known.items():
            response = self.api.get(url)
            assert without_url(response.json()) == klant.body
            # no request for another klant changed it
            assert response.headers["ETag"] == klant.etag
        for url, klant in list(self.known.items())[:1]:
            lines = self.api.audit_lines({"url": url})
            assert len(lines) == klant.lines
            assert without_url(lines[-1]["wijzigingen"]["nieuw"]) == klant.body

    def check_etag(self, url: str, *, is_changed: bool) -> None:
        """Check the klant, and that its ETag changed if and only if it did."""
        klant = self.known[url]
        headers = {"If-None-Match": klant.etag} if klant.etag else {}
        response = self.api.get(url, headers=headers)
        assert response.status_code == (200 if is_changed else 304)
        if is_changed:
            assert without_url(response.json()) == klant.body
            assert response.headers["ETag"] != klant.etag
        klant.etag = response.headers["ETag"]

    def faults_of(self, before: Body, sent: Body, url: str = "") -> Faults:
        found = faults_of(before, sent, self.known.__contains__)
        if found:
            return found
        others = {each.pair for key, each in self.known.items() if key != url}
        after = {**before, **sent}
        pair = after["bronorganisatie"], after["klantnummer"]
        return {("nonFieldErrors", "unique")} if pair in others else set()

    def numbers(self) -> set[str]:
        return {klant.body["klantnummer"] for klant in self.known.values()}


def test_klanten_are_what_the_rules_make_of_them(
    transactional_db: None, api: ApiClient
) -> None:
    Consumer.api = Client(api.token)
    run_state_machine_as_test(Consumer, settings=PROFILE)
