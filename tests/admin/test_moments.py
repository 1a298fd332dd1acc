"""Dates and times have one format on every admin page, in local time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField
from django.test import Client
from django.utils import timezone

import pytest

from klanten_plugin.models import OutboxRow
from tests.api_client import ApiClient

from .pages import OURS, body_text, klant_page, only_klant
from .world import PAGES, fill

MONTHS = "jan|feb|mrt|maart|apr|mei|jun|jul|aug|sep|okt|nov|dec"
OTHER_FORMS = {
    "written out": re.compile(
        rf"\b\d{{1,2}} (?:{MONTHS})[a-z]*\.? \d{{4}}", re.IGNORECASE
    ),
    "ISO": re.compile(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b"),
    "with slashes": re.compile(r"\b\d{1,2}/\d{1,2}/\d{2,4}\b"),
    "with seconds": re.compile(r"\b\d{1,2}-\d{1,2}-\d{4},? \d\d:\d\d:\d\d"),
}
NOT_A_DATE = "1980-02-30"
"""Invalid dates that the API accepts as date of birth. They are shown unchanged."""


def test_every_page_has_the_one_format(beheer: Client, api: ApiClient) -> None:
    fill(api)
    found = {}
    for name, path in PAGES.items():
        text = body_text(beheer.get(path())).replace(NOT_A_DATE, "")
        for form, pattern in OTHER_FORMS.items():
            found[name, form] = pattern.findall(text)
    assert {page: dates for page, dates in found.items() if dates} == {}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_no_moment_is_left_to_django(model: Any) -> None:
    """Every datetime field is displayed with ``moment_of``, even without a value."""
    model_admin = OURS[model]
    moments = {
        field.name for field in model._meta.fields if isinstance(field, DateTimeField)
    }
    assert not moments.intersection(model_admin.list_display)
    assert not moments.intersection(model_admin.fields or ())


def test_moments_are_local(beheer: Client, db: Any) -> None:
    """Whatever the time zone of the host, even if it is changed for a request."""
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    row = OutboxRow.objects.create(kind="notification", object_key="a")
    OutboxRow.objects.filter(pk=row.pk).update(created_at=moment)
    with timezone.override("Europe/Amsterdam"):
        text = body_text(beheer.get("/admin/klanten_plugin/outboxrow/"))
    assert "2-7-2026 00:30" in text


def test_a_birthday_is_a_day(beheer: Client, api: ApiClient) -> None:
    subject = {"geboortedatum": "1980-02-12", "geslachtsnaam": "Boom"}
    body = {"subjectType": "natuurlijk_persoon", "subjectIdentificatie": subject}
    api.create(**body)
    assert "12-2-1980" in body_text(beheer.get(klant_page(only_klant())))
