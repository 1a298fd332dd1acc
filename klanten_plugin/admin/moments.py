"""Days and moments as administrators read them: in one format, in their time zone."""

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
    """Return a moment in the current time zone; "" for ``None``."""
    if value is None:
        return ""
    return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def readable_day(value: str) -> str:
    """Return the day of a moment in ISO format; the beginning of any other text."""
    moment = parse_datetime(value)
    if moment is None:
        return value[:10]
    if timezone.is_aware(moment):
        moment = timezone.localtime(moment)
    return date_format(moment, "SHORT_DATE_FORMAT")


def readable_birthday(value: str) -> str:
    """Return a date in ISO format as a day; any other text unchanged."""
    try:
        day = date.fromisoformat(value)
    except ValueError:  # some birthdays are known in part
        return value
    return date_format(day, "SHORT_DATE_FORMAT")


def moment_of(model: type[Model], name: str) -> Any:
    """Return a column for a field with a moment, for lists and pages alike.

    Django itself writes out the month, which is too wide for a list. The column is a
    function of a row; Django's stubs know only names in ``fields``, hence ``Any``.
    """
    heading = format_lazy("{}", model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    @admin.display(description=heading, ordering=name)
    def column(row: Any) -> str:
        return readable_moment(getattr(row, name)) or "-"

    column.__name__ = name  # Django makes the class of the cell of it
    return column
