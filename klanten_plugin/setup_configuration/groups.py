"""Predefined groups of permissions in the admin of the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from ..findings import APP_LABEL
from .errors import SetupError
from .rows import Became

READ = (
    "view_klant",
    "view_klantrol",
    "view_nhrstate",
    "view_otherrelatie",
    "view_statuspage",
)
MANAGE = (
    *READ,
    "add_klant",
    "change_klant",
    "delete_klant",
    "merge_klanten",
    "view_possibleduplicate",
    "add_deletionlist",
    "view_deletionlist",
    "approve_deletion",
    "view_deletion",
    "view_outboxrow",
    "change_outboxrow",
    "view_rolbron",
    "change_rolbron",
    "change_nhrstate",
    "view_nhrverbruik",
    "view_klantenconfig",
    "change_klantenconfig",
)
TRAIL = "view_audittrail"
"""The suite's permission to see changes, and who set a field."""

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "lezen": ("Klanten: lezen", READ),
    "beheren": ("Klanten: beheren", (*MANAGE, TRAIL)),
    "bsn": ("Klanten: BSN", ("view_klant", "view_bsn")),
    "inzage": ("Klanten: inzage", (*READ, "make_access_report", TRAIL)),
}
"""By name in a configuration file: the name of the group, and its permissions."""


def save_groups(values: Mapping[str, Any]) -> list[str]:
    """Create or update these groups with exactly their permissions.

    Members of a group aren't changed. Raises :class:`SetupError`.
    """
    if not apps.is_installed("django.contrib.auth"):
        raise SetupError(_("klanten_groepen: deze host heeft geen gebruikers."))
    return [
        _("groep {name}: {became}").format(name=name, became=_save_group(name).label)
        for name in values["groepen"]
    ]


def _save_group(name: str) -> Became:
    title, codenames = GROUPS[name]
    groups = apps.get_model("auth", "Group").objects
    group, is_new = groups.get_or_create(name=title)
    permissions = apps.get_model("auth", "Permission").objects
    wanted = set(
        permissions.filter(
            codename__in=codenames,
            content_type__app_label__in=(APP_LABEL, "audittrails"),
        )
    )
    if set(group.permissions.all()) == wanted:
        return Became.CREATED if is_new else Became.UNCHANGED
    group.permissions.set(wanted)
    return Became.CREATED if is_new else Became.CHANGED
