"""Forms of a klant and its groups, made from the models as the serializers are.

The rules are those of the fields of the models, so they are the API's; the rules that
need the whole are the domain's.
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
"""Texts of more characters get more than one line."""

BSN = "inp_bsn"
REMOVE_BSN = "bsn_verwijderen"


class LinesField(forms.CharField):
    """A list of texts, one on a line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})

    def __init__(self, *, item_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check_length = MaxLengthValidator(item_length)

    def prepare_value(self, value: Any) -> Any:
        """A list is shown as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """The lines that aren't blank."""
        text = super().clean(value)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        for line in lines:
            self.check_length(line)
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        """As lists: line ends differ between browsers."""
        lines = [line.strip() for line in str(data or "").splitlines()]
        return list(initial or []) != [line for line in lines if line]


class GroupForm(forms.Form):
    """The values of one row."""

    use_required_attribute = False  # a group may be left blank as a whole
    error_css_class = "errors"

    left_out = False
    """Whether the row isn't there and needn't be: then nothing is asked for."""
    keeps_more = False
    """Whether the row has fields that weren't sent, and so stay as they are."""

    def keep_what_was_not_sent(self) -> None:
        """Leave out the fields that the browser didn't send, not even empty.

        They weren't on the page that was filled in, so nobody emptied them.
        """
        if not self.is_bound:
            return
        for name, field in list(self.fields.items()):
            sent_as = self.add_prefix(name)
            if field.widget.value_omitted_from_data(self.data, self.files, sent_as):
                del self.fields[name]
                self.keeps_more = True

    def full_clean(self) -> None:
        """All fields, unless the row is left out."""
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
        """The values that differ from those that were shown."""
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
        """A BSN that isn't filled in stays."""
        values = super().changes()
        if values.pop(REMOVE_BSN, False):
            values[BSN] = ""
        return values

    def clean(self) -> dict[str, Any]:
        """Either another BSN or none."""
        cleaned = super().clean() or {}
        if cleaned.get(BSN) and cleaned.get(REMOVE_BSN):
            message = _("Vul een ander BSN in of verwijder het, niet allebei.")
            self.add_error(BSN, message)
        return cleaned


@cache
def form_for(model: type[models.Model]) -> type[GroupForm]:
    """The form of a row of ``model``, without the groups that it owns."""
    fields = {field.name: form_field(field) for field in value_fields(model)}
    base = NatuurlijkPersoonForm if model is NatuurlijkPersoon else GroupForm
    return type(f"{model.__name__}Form", (base,), fields)


def form_field(field: models.Field[Any, Any]) -> forms.Field:
    """The form field with every rule of the model field."""
    options: dict[str, Any] = {
        "label": capfirst(field.verbose_name),
        "help_text": field.help_text,
        "required": not field.blank,
        "validators": _validators(field),
    }
    if isinstance(field, ArrayField):
        item_length = field.base_field.max_length or 0
        return LinesField(item_length=item_length, **{**options, "validators": []})
    if isinstance(field, models.IntegerField):
        widget: Any = widgets.AdminIntegerFieldWidget
        return forms.IntegerField(widget=widget, **options)
    if field.choices:
        choices = [("", "---------"), *field.flatchoices]
        return forms.ChoiceField(choices=choices, **{**options, "validators": []})
    return forms.CharField(
        max_length=field.max_length, widget=_text_widget(field), **options
    )


def _validators(field: models.Field[Any, Any]) -> list[Any]:
    """Not the length: the form field has that already, and would say it twice."""
    return [each for each in field.validators if not _is_length(each)]


def _is_length(validator: Any) -> bool:
    return isinstance(validator, MaxLengthValidator)


def _text_widget(field: models.Field[Any, Any]) -> forms.Widget:
    # no input of type url or email: the browser's own rules aren't the standard's
    if (field.max_length or 0) > LONG and not isinstance(field, models.URLField):
        return forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"})
    return widgets.AdminTextInputWidget()
