"""Keep the authorisations on ``kc`` when Open Zaak's *Beheer autorisaties* is saved.

That form knows the components of Open Zaak alone. It shows an authorisation on any other
component as an empty form, and saving it deletes all authorisations of the application
before it makes those that were filled in. So those of other components are left out of
the form, and put back as they were in the transaction of the save.
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
"""On the formset, once it leaves other components alone."""


def keep_other_components(app: str = OPEN_ZAAK) -> bool:
    """Have the form of this app leave other components alone; False without the app.

    To be called when the admin of the host was loaded. Idempotent.
    """
    if not apps.is_installed(app):
        return False
    forms = import_module(f"{app}.forms")
    views: Any = import_module(f"{app}.admin_views")  # one of its names is replaced
    formset = forms.AutorisatieBaseFormSet
    if not hasattr(formset, MARK):
        setattr(formset, MARK, True)
        known = list(forms.COMPONENT_TO_PREFIXES_MAP)
        formset.save = _saving_the_known(formset.save, known)
        views.get_initial = _showing_the_known(views.get_initial, known)
    return True


def _showing_the_known(get_initial: Any, known: list[str]) -> Any:
    """``get_initial`` of the view: the values of one form for each authorisation."""

    @wraps(get_initial)
    def initial_of_known(*args: Any, **kwargs: Any) -> Any:
        return [
            values
            for values in get_initial(*args, **kwargs)
            if values["component"] in known
        ]

    return initial_of_known


def _saving_the_known(save: Any, known: list[str]) -> Any:
    """``save`` of the formset, which has the application as ``applicatie``."""

    @wraps(save)
    def save_known(formset: Any, *args: Any, **kwargs: Any) -> Any:
        others = Autorisatie.objects.exclude(component__in=known)
        with transaction.atomic():
            locked = others.select_for_update().filter(applicatie=formset.applicatie)
            rows = list(locked)
            # away before the form compares old and new: it notifies of differences
            others.filter(pk__in=[row.pk for row in rows]).delete()
            result = save(formset, *args, **kwargs)
            Autorisatie.objects.bulk_create(rows)
        return result

    return save_known
