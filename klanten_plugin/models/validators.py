"""Validators of single values, with the codes that consumers know."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from vng_api_common.validators import validate_bsn, validate_rsin

from ..conf import settings

ELFPROEF_LENGTH = 9
"""Digits in a BSN and in a RSIN."""

KVK_NUMMER = re.compile(r"[0-9]{8}")
"""The number of an inschrijving in the trade register; it has no check digit."""


def _validate_shape(value: str) -> None:
    """Require nine digits, with errors in the order of the reference implementation.

    The library's validators don't check the length, and accept all Unicode digits, some
    of which break their arithmetic.
    """
    if not re.fullmatch(r"[0-9]+", value):
        raise ValidationError(_("Voer een numerieke waarde in"), code="only-digits")
    if len(value) != ELFPROEF_LENGTH:
        message = _("Waarde moet %(length)s tekens lang zijn")
        params = {"length": ELFPROEF_LENGTH}
        raise ValidationError(message, code="invalid-length", params=params)


def valid_rsin(value: str) -> None:
    """Raise ``only-digits``, ``invalid-length`` or ``invalid`` (11-proef)."""
    _validate_shape(value)
    validate_rsin(value)


def valid_nnp_id(value: str) -> None:
    """Like :func:`valid_rsin`, but accept a KVK-nummer if the host allows that."""
    if settings.KVK_NUMMER_AS_NNP_ID and KVK_NUMMER.fullmatch(value):
        return
    valid_rsin(value)


def valid_bsn(value: str) -> None:
    """Raise ``only-digits``, ``invalid-length`` or ``invalid`` (11-proef)."""
    _validate_shape(value)
    validate_bsn(value)


valid_a_nummer = RegexValidator(
    regex=r"^[1-9][0-9]{9}$",
    message=_("Voer een geldig A-nummer in: tien cijfers, niet beginnend met 0"),
    code="a-nummer-incorrect-format",
)

_API_ROOT = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?", re.ASCII)


def valid_api_root(value: str) -> None:
    """Require an absolute http(s) URL without query or fragment; raise ``invalid``.

    Host names without a dot are accepted, because they are common in clusters.
    """
    if not _API_ROOT.fullmatch(value):
        message = _("Geef een adres op dat met http:// of https:// begint.")
        raise ValidationError(message, code="invalid")
