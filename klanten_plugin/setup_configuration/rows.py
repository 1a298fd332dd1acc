"""Save a row if it differs from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy

from .errors import SetupError


class Became(TextChoices):
    """The result of saving a row. The labels are for operators."""

    CREATED = "created", gettext_lazy("aangemaakt")
    CHANGED = "changed", gettext_lazy("gewijzigd")
    UNCHANGED = "unchanged", gettext_lazy("ongewijzigd")


def put(row: Model, values: Mapping[str, Any], where: str) -> Became:
    """Save the values if they differ. Raises :class:`SetupError`."""
    is_new = row.pk is None
    differs = [name for name, value in values.items() if getattr(row, name) != value]
    if not is_new and not differs:
        return Became.UNCHANGED
    for name in differs:
        setattr(row, name, values[name])
    try:
        row.full_clean()
    except ValidationError as error:
        lines = [
            f"{where if name == NON_FIELD_ERRORS else f'{where}.{name}'}: {text}"
            for name, texts in error.message_dict.items()
            for text in texts
        ]
        raise SetupError(*lines) from error
    # only the changed fields, because workers write others concurrently; a singleton has
    # a primary key before its row exists
    row.save(update_fields=None if row._state.adding else differs)
    return Became.CREATED if is_new else Became.CHANGED
