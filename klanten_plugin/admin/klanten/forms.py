"""Forms of a klant and its groups, derived from the models like the serializers.

Fields have the validation of the models, as in the API. The domain validates rules that
involve several fields.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ...models import NatuurlijkPersoon
from ...models.groups import value_fields

LONG = 500
"""Maximum length of a text with a single-line input."""

BSN = "inp_bsn"
REMOVE_BSN = "bsn_verwijderen"


class LinesField(forms.CharField):
    """A list of texts, one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})

    def __init__(self, *, item_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check_length = MaxLengthValidator(item_length)

    def prepare_value(self, value: Any) -> Any:
        """Convert a list to lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the non-blank lines."""
        text = super().clean(value)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        for line in lines:
            self.check_length(line)
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as lists, because line endings differ between browsers."""
        lines = [line.strip() for line in str(data or "").splitlines()]
        return list(initial or []) != [line for line in lines if line]


class GroupForm(forms.Form):
    """The values of one row."""

    use_required_attribute = False  # a group may be left blank as a whole
    error_css_class = "errors"

    left_out = False
    """Whether the row is absent and optional, so that it isn't validated."""
    keeps_more = False
    """Whether the row has fields that weren't submitted and are kept."""

    def keep_what_was_not_sent(self) -> None:
        """Remove the fields that weren't submitted.

        They weren't on the submitted page, so they must not be emptied.
        """
        if not self.is_bound:
            return
        for name, field in list(self.fields.items()):
            sent_as = self.add_prefix(name)
            if field.widget.value_omitted_from_data(self.data, self.files, sent_as):
                del self.fields[name]
                self.keeps_more = True

    def full_clean(self) -> None:
        """Validate all fields, unless the row is left out."""
        if self.is_bound and self.left_out:
            self._errors = forms.utils.ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
            return
        super().full_clean()

    def is_blank(self) -> bool:
        """Whether nothing was filled in, and nothing is kept."""
        return not self.keeps_more and all(
            field.widget.value_from_datadict(
                self.data, self.files, self.add_prefix(name)
            )
            in (None, "", False)
            for name, field in self.fields.items()
        )

    def changes(self) -> dict[str, Any]:
        """Return the values that differ from the initial ones."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class NatuurlijkPersoonForm(GroupForm):
    """The BSN is never shown, only replaced or removed: showing it is logged."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = kwargs.get("initial") or {}
        kwargs["initial"] = {**initial, BSN: ""}
        super().__init__(*args, **kwargs)
        if initial.get(BSN):
            self.fields[BSN].help_text = _(
                "Er is een BSN bekend. Laat leeg om het te houden; vul in om het te "
                "vervangen."
            )
            self.fields[REMOVE_BSN] = forms.BooleanField(
                label=_("BSN verwijderen"), required=False
            )

    def changes(self) -> dict[str, Any]:
        """Return the changes; an empty BSN keeps the current one."""
        values = super().changes()
        if values.pop(REMOVE_BSN, False):
            values[BSN] = ""
        return values

    def clean(self) -> dict[str, Any]:
        """Refuse a new BSN together with its removal."""
        cleaned = super().clean() or {}
        if cleaned.get(BSN) and cleaned.get(REMOVE_BSN):
            message = _("Vul een ander BSN in of verwijder het, niet allebei.")
            self.add_error(BSN, message)
        return cleaned


@cache
def form_for(model: type[models.Model]) -> type[GroupForm]:
    """Return the form of a row of ``model``, without its groups."""
    fields = {field.name: form_field(field) for field in value_fields(model)}
    base = NatuurlijkPersoonForm if model is NatuurlijkPersoon else GroupForm
    return type(f"{model.__name__}Form", (base,), fields)


def form_field(field: models.Field[Any, Any]) -> forms.Field:
    """Return the form field with all validation of the model field."""
    options: dict[str, Any] = {
        "label": capfirst(field.verbose_name),
        "help_text": field.help_text,
        "required": not field.blank,
    }
    if isinstance(field, ArrayField):
        return LinesField(item_length=field.base_field.max_length or 0, **options)
    if field.choices:
        choices = [("", "---------"), *field.flatchoices]
        return forms.ChoiceField(choices=choices, **options)
    # the form field has the validator of the length already
    options["validators"] = [
        each for each in field.validators if not isinstance(each, MaxLengthValidator)
    ]
    if isinstance(field, models.IntegerField):
        return forms.IntegerField(widget=widgets.AdminIntegerFieldWidget, **options)
    return forms.CharField(
        max_length=field.max_length, widget=_text_widget(field), **options
    )


def _text_widget(field: models.Field[Any, Any]) -> forms.Widget:
    # no input of type url or email: the browser's own rules aren't the standard's
    if (field.max_length or 0) > LONG and not isinstance(field, models.URLField):
        return forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})
    return widgets.AdminTextInputWidget()
