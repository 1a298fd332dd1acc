"""Keep the authorisations on ``kc`` when Open Zaak's *Beheer autorisaties* is saved.

That form only knows the components of Open Zaak. It shows an authorisation on another
component as an empty form, and saving it deletes all authorisations of the application
before it creates the submitted ones. Authorisations on other components are therefore
hidden from the form, and restored in the transaction of the save.
"""

from __future__ import annotations

from functools import wraps
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import transaction

from vng_api_common.authorizations.models import Autorisatie

OPEN_ZAAK = "openzaak.components.autorisaties"
"""The app of Open Zaak with the form; seen in 1.30."""

MARK = "klanten_plugin_keeps"
"""Attribute of the formset that marks it as patched."""


def keep_other_components(app: str = OPEN_ZAAK) -> bool:
    """Patch the form of this app; return ``False`` if there is no such app.

    Must be called after the admin of the host was loaded. Idempotent.
    """
    if not apps.is_installed(app):
        return False
    forms = import_module(f"{app}.forms")
    views: Any = import_module(f"{app}.admin_views")  # one of its names is patched
    formset = forms.AutorisatieBaseFormSet
    if not hasattr(formset, MARK):
        setattr(formset, MARK, True)
        known = list(forms.COMPONENT_TO_PREFIXES_MAP)
        formset.save = _saving_the_known(formset.save, known)
        views.get_initial = _showing_the_known(views.get_initial, known)
    return True


def _showing_the_known(get_initial: Any, known: list[str]) -> Any:
    """Wrap ``get_initial`` of the view, which returns values per authorisation."""

    @wraps(get_initial)
    def initial_of_known(*args: Any, **kwargs: Any) -> Any:
        return [
            values
            for values in get_initial(*args, **kwargs)
            if values["component"] in known
        ]

    return initial_of_known


def _saving_the_known(save: Any, known: list[str]) -> Any:
    """Wrap ``save`` of the formset, which has the application as ``applicatie``."""

    @wraps(save)
    def save_known(formset: Any, *args: Any, **kwargs: Any) -> Any:
        others = Autorisatie.objects.exclude(component__in=known)
        with transaction.atomic():
            locked = others.select_for_update().filter(applicatie=formset.applicatie)
            rows = list(locked)
            # delete before the form compares old and new, because it notifies
            # differences
            others.filter(pk__in=[row.pk for row in rows]).delete()
            result = save(formset, *args, **kwargs)
            Autorisatie.objects.bulk_create(rows)
        return result

    return save_known
