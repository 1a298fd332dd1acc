"""Dates and times for administrators, in one format and in the current time zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import format_lazy


def readable_moment(value: datetime | None) -> str:
    """Return a date and time in the current time zone, or "" for ``None``."""
    if value is None:
        return ""
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def readable_day(value: str) -> str:
    """Return the date of an ISO timestamp, or the start of any other text."""
    moment = parse_datetime(value)
    if moment is None:
        return value[:10]
    if timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return date_format(moment, "SHORT_DATE_FORMAT")


def readable_birthday(value: str) -> str:
    """Return an ISO date in the admin's format. Other texts are returned unchanged."""
    try:
        day = date.fromisoformat(value)
    except ValueError:  # some dates of birth are incomplete
        return value
    return date_format(day, "SHORT_DATE_FORMAT")


def moment_of(model: type[Model], name: str) -> Any:
    """Return a column for a datetime field, for lists and pages.

    Django's own format spells out the month, which is too wide for a list. The column
    is a function of a row. Django's stubs only accept names in ``fields``, hence
    ``Any``.
    """
    heading = format_lazy("{}", model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    @admin.display(description=heading, ordering=name)
    def column(row: Any) -> str:
        return readable_moment(getattr(row, name)) or "-"

    column.__name__ = name  # Django uses it as the CSS class of the cell
    return column
