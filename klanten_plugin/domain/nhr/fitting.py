"""Convert values of a register to fields of a klant, or reject them with a reason.

Values are never truncated. Accepted values also pass the validation of the API, so that
a consumer can send them back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext as _

from ...models import Klant, KlantAdres
from ...models.groups import value_fields

ADRES_FIELDS = tuple(field.name for field in value_fields(KlantAdres))
OPTIONAL_PARTS = ("huisletter", "huisnummertoevoeging", "landcode")
"""Optional parts of an address."""


class DoesNotFit(Exception):
    """A value can't be taken over. The message is a sentence without the value."""


def fit(field: str, value: Any) -> tuple[Any, list[str]]:
    """Return the value for the field, and remarks on parts that were left out.

    Raises :class:`DoesNotFit`.
    """
    if field == "adres":
        return _fit_adres(value)
    return _fit_text(Klant, field, value), []


def _fit_text(model: Any, field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise DoesNotFit(_("Het register gaf geen tekst."))
    text = " ".join(value.split())
    model_field = model._meta.get_field(field)
    if model_field.max_length and len(text) > model_field.max_length:
        raise DoesNotFit(
            _("Langer dan {max_length} tekens.").format(
                max_length=model_field.max_length
            )
        )
    try:
        ProhibitNullCharactersValidator()(text)
        text.encode()  # lone surrogates can't be stored
        if text:
            model_field.run_validators(text)
    except (ValidationError, UnicodeEncodeError) as error:
        raise DoesNotFit(_("Geen geldige waarde voor dit veld.")) from error
    return text


def _fit_adres(value: Any) -> tuple[Any, list[str]]:
    if not isinstance(value, Mapping):
        raise DoesNotFit(_("Het register gaf geen adres."))
    adres: dict[str, Any] = {}
    left_out = []
    for name in ADRES_FIELDS:
        try:
            adres[name] = _fit_part(name, value.get(name))
        except DoesNotFit as error:
            reason = f"{name}: {error}"
            if name not in OPTIONAL_PARTS:
                raise DoesNotFit(
                    _("Adres niet overgenomen; {reason}").format(reason=reason)
                ) from error
            adres[name] = ""
            left_out.append(
                _("Adres overgenomen zonder {reason}").format(reason=reason)
            )
    return adres, left_out


def _fit_part(name: str, value: Any) -> Any:
    if name != "huisnummer":
        return _fit_text(KlantAdres, name, "" if value is None else value)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise DoesNotFit(_("Geen getal."))
    huisnummer = KlantAdres._meta.get_field("huisnummer")
    assert isinstance(huisnummer, models.Field)
    try:
        huisnummer.run_validators(value)
    except ValidationError as error:
        raise DoesNotFit(_("Buiten het bereik van dit veld.")) from error
    return value
