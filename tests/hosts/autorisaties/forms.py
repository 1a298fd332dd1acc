"""The form for authorisations, which only knows the components of its host."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction

from vng_api_common.authorizations.models import Autorisatie
from vng_api_common.constants import ComponentTypes

COMPONENT_TO_PREFIXES_MAP = {
    ComponentTypes.zrc: ("audittrails", "notificaties", "zaken"),
    ComponentTypes.ac: ("notificaties", "autorisaties"),
}

told: list[tuple[set[str], set[str]]] = []
"""Values for notifications of the form: the scopes before and after."""


class AutorisatieForm(forms.Form):
    component = forms.ChoiceField(choices=ComponentTypes.choices)
    scopes = forms.CharField()

    def has_changed(self) -> bool:
        return True if self.initial else super().has_changed()

    def save(self, applicatie: Any) -> None:
        if not self.cleaned_data:
            return
        Autorisatie.objects.create(
            applicatie=applicatie,
            component=self.cleaned_data["component"],
            scopes=self.cleaned_data["scopes"].split(),
        )


class AutorisatieBaseFormSet(forms.BaseFormSet):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.applicatie = kwargs.pop("applicatie")
        super().__init__(*args, **kwargs)

    @transaction.atomic
    def save(self, commit: bool = True) -> None:
        before = scopes_of(self.applicatie)
        self.applicatie.autorisaties.all().delete()
        for form in self.forms:
            form.save(applicatie=self.applicatie)
        after = scopes_of(self.applicatie)
        if before != after:
            told.append((before, after))


def scopes_of(applicatie: Any) -> set[str]:
    return {scope for one in applicatie.autorisaties.all() for scope in one.scopes}


AutorisatieFormSet = forms.formset_factory(
    AutorisatieForm, extra=1, formset=AutorisatieBaseFormSet
)
