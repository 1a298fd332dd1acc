"""The forms on the page of a klant: one for the klant and one for each group.

A blank group is absent, and an existing one is removed. Only changes are written, so
that opening and saving a page overrides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ...clients.klanten.subject import fault_of_subject
from ...conf import settings
from ...exceptions import RuleViolation
from ...models import SUBJECTS, Klant
from ...models.groups import get_group, owned_groups
from ...models.subjects import Subject, subject_accessor
from .forms import GroupForm, form_for

FindDoubts = Callable[[str, Mapping[str, Any]], list[Any]]
"""Returns doubts about a klant with this type and values, such as duplicates."""

IDENTITY = ("bronorganisatie", "klantnummer", "subject_type", "subject")
"""Fields in a separate block; all others are contact data."""


IN_WORDS = {
    "invalid-subject": _(
        "Vul bij het type klant in wie het is (zoals een BSN, een RSIN, een "
        "vestigingsnummer of een naam), of geef bij “Subject” een URL."
    ),
    "unique": _("Dit klantnummer bestaat al bij deze bronorganisatie."),
}
"""Messages for rules of the domain, by code."""

WEBSITE_HINT = _(
    "De standaard vraagt altijd een adres. Is er geen website, of is die niet bekend? "
    "Vul dan %(none)s in."
)


@dataclass(frozen=True)
class Block:
    """A titled block of fields."""

    title: Any
    fields: list[Any]
    errors: Any = ""


class ReasonForm(forms.Form):
    """The explanation for the audit trail, and the version of the klant."""

    toelichting = forms.CharField(
        label=_("Toelichting"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("Waarom u dit wijzigt; komt in de audit trail."),
    )
    versie = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass
class FormRow:
    """The form of a row, and those of its groups."""

    model: type[models.Model]
    instance: models.Model | None
    form: GroupForm
    groups: dict[str, FormRow] = field(default_factory=dict)

    def is_blank(self) -> bool:
        """Whether this form and those of its groups are blank."""
        return self.form.is_blank() and all(
            group.is_blank() for group in self.groups.values()
        )

    def rows(self) -> Iterator[FormRow]:
        """Yield this row and all rows below it."""
        yield self
        for group in self.groups.values():
            yield from group.rows()

    def settle(self) -> None:
        """Skip the validation of blank groups."""
        for group in self.groups.values():
            is_subject = issubclass(group.model, Subject)
            group.form.left_out = group.is_blank() and not (
                is_subject and group.instance is not None
            )
            group.settle()

    def values(self) -> dict[str, Any]:
        """Return the changes in the format of the domain."""
        values = self.form.changes()
        for accessor, group in self.groups.items():
            if group.form.left_out:
                if group.instance is not None:
                    values[accessor] = None
            elif changes := group.values():
                values[accessor] = changes
        return values


def _row(
    model: type[models.Model],
    instance: models.Model | None,
    data: Any,
    prefix: str = "",
    without: tuple[str, ...] = (),
) -> FormRow:
    form_class = form_for(model)
    names = form_class.base_fields
    initial = {name: getattr(instance, name) for name in names} if instance else {}
    form = form_class(data, initial=initial, prefix=prefix or None)
    if instance is not None:
        form.keep_what_was_not_sent()
    row = FormRow(model, instance, form)
    for accessor, group in owned_groups(model).items():
        if accessor not in without:
            existing = get_group(instance, accessor) if instance else None
            below = f"{prefix}__{accessor}" if prefix else accessor
            row.groups[accessor] = _row(group, existing, data, below)
    return row


class KlantForms:
    """The forms of a klant."""

    def __init__(
        self,
        klant: Klant | None,
        subject_type: str,
        data: Any = None,
        version: str = "",
    ) -> None:
        self.klant = klant
        self.subject_type = subject_type
        self.find_doubts: FindDoubts | None = None
        self.doubts: list[Any] = []
        others = (subject_accessor(kind) for kind in SUBJECTS if kind != subject_type)
        self.root = _row(Klant, klant, data, without=tuple(others))
        self.reason = ReasonForm(data, initial={"versie": version}, prefix="reden")
        self._fit_root()
        if data is not None:
            self.root.settle()

    def _fit_root(self) -> None:
        fields = self.root.form.fields
        if self.subject_type:
            # it can't change once it is set
            fields.pop("subject_type", None)
        required = {
            # generated if it is missing (kla-001)
            "klantnummer": self.klant is not None,
            # required as in the API
            "website_url": settings.WEBSITE_URL_REQUIRED,
        }
        for name in required.keys() & fields.keys():
            fields[name].required = required[name]
        none = next(iter(settings.NHR_NO_WEBSITE), "")
        if none and settings.WEBSITE_URL_REQUIRED and "website_url" in fields:
            fields["website_url"].help_text = WEBSITE_HINT % {"none": none}

    def is_valid(self, request_host: str) -> bool:
        """Validate all forms; check the URL of a subject only if they are valid."""
        if self.has_errors():
            return False
        form = self.root.form
        url = str(form.cleaned_data.get("subject", ""))
        is_new = "subject" in form.changed_data and url
        if is_new and (fault := fault_of_subject(url, request_host)):
            form.add_error("subject", fault)
        return form.is_valid()

    def values(self) -> dict[str, Any]:
        """Return the values for ``domain.klanten``."""
        values = self.root.values()
        if self.klant is None and not values.get("klantnummer"):
            values.pop("klantnummer", None)
        if self.subject_type:
            if self.klant is None or not self.klant.subject_type:
                values["subject_type"] = self.subject_type
            group = values.pop(subject_accessor(self.subject_type), None)
            if group is not None or self.klant is None:
                values["subject_identificatie"] = group or {}
        return values

    def is_doubtful(self) -> bool:
        """Whether there are doubts to show before saving. Requires valid forms."""
        if self.find_doubts is not None:
            self.doubts = self.find_doubts(self.subject_type, self.values())
        return bool(self.doubts)

    def add_violation(self, violation: RuleViolation) -> None:
        """Add the violation of a rule of the domain to its field."""
        form = self.root.form
        name = violation.field if violation.field in form.fields else None
        # some messages of the API use the names of JSON fields
        message = IN_WORDS.get(violation.code, violation.message)
        form.add_error(name, message)

    def has_errors(self) -> bool:
        """Validate all forms, and return whether any has errors."""
        forms_ = [self.reason, *(row.form for row in self.root.rows())]
        return any([form.errors for form in forms_])  # noqa: C419 - validate them all

    def changed_labels(self) -> Iterator[str]:
        """Yield the labels of changed fields, for the log of the admin."""
        for row in self.root.rows():
            for name in row.form.changed_data:
                yield str(row.form.fields[name].label)

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks of the page in order."""
        form = self.root.form
        contact = tuple(name for name in form.fields if name not in IDENTITY)
        yield Block(_("Klant"), _fields(form, IDENTITY), form.non_field_errors())
        yield Block(_("Contactgegevens"), _fields(form, contact))
        for group in self.root.groups.values():
            for row in group.rows():
                title = capfirst(row.model._meta.verbose_name)
                errors = row.form.non_field_errors()
                yield Block(title, _fields(row.form, tuple(row.form.fields)), errors)
        yield Block(_("Reden"), _fields(self.reason, ("toelichting",)))


def _fields(form: forms.Form, names: tuple[str, ...]) -> list[Any]:
    return [form[name] for name in names if name in form.fields]
