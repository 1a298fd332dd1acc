"""Save the sections of a configuration file.

Each function is idempotent, and returns a line per object with its result. Values are
validated by :mod:`.content`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext as _

from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.constants import ComponentTypes
from vng_api_common.models import JWTSecret
from zgw_consumers.constants import APITypes
from zgw_consumers.models import Service

from ..constants import NOTIFICATIONS_APP
from ..domain.rollen.sources import set_aliases
from ..models import KlantenConfig, NhrBron, RolBron
from ..models.notificaties import notifications_are_installed, notifications_config
from .errors import SetupError
from .rows import Became, put

CHOICES = {
    "contactmomenten": "contactmomenten_services",
    "verzoeken": "verzoeken_services",
    "subjecten": "subject_services",
}
"""Keys with services, and their fields of the configuration."""


def save_services(values: Mapping[str, Any]) -> list[str]:
    """Create or update services."""
    return [_save_service(fields) for fields in values["services"]]


def _save_service(fields: Mapping[str, Any]) -> str:
    slug = fields["identifier"]
    service = Service.objects.filter(slug=slug).first() or Service(slug=slug)
    where = _("service {slug}").format(slug=slug)
    new = {name: value for name, value in fields.items() if name != "identifier"}
    for name in CERTIFICATES & set(new):
        new[name] = _find_certificate(new[name], f"{where}.{name}")
    return f"{where}: {put(service, new, where).label}"


CERTIFICATES = {"client_certificate", "server_certificate"}
"""Fields of a service that refer to a certificate."""


def _find_certificate(label: str | None, where: str) -> Model | None:
    """Return the certificate with a label. Raises :class:`SetupError` without one."""
    if label is None:
        return None
    certificates = apps.get_model("simple_certmanager", "Certificate")
    found = certificates._default_manager.filter(label=label)[:2]
    if len(found) != 1:
        how_many = _("geen") if not found else _("meer dan één")
        raise SetupError(
            _("{where}: er is {how_many} certificaat met label {label}.").format(
                where=where, how_many=how_many, label=label
            )
        )
    return found[0]


def save_config(values: Mapping[str, Any]) -> list[str]:
    """Update the configuration, and the host's Notificaties API."""
    config = KlantenConfig.get_solo()
    plain = {
        name: values[name]
        for name in (
            "rollen_aliassen",
            "rollen_beleid",
            "nhr_abonnement",
            "nhr_vertegenwoordiger",
        )
        if name in values
    }
    if "nhr_mutatieservice" in values:
        plain["nhr_mutatieservice"] = find_service(values["nhr_mutatieservice"])
    changes = [put(config, plain, "configuratie") != Became.UNCHANGED]
    changes += [
        _choose(getattr(config, field), values[name])
        for name, field in CHOICES.items()
        if name in values
    ]
    changes += [_save_aliases(one) for one in values.get("rollen_bronnen", [])]
    if "nhr_bronnen" in values:
        changes.append(_save_bronnen(config, values["nhr_bronnen"]))
    lines = [_("configuratie: {became}").format(became=_changed_or_not(changes).label)]
    if "notificaties" in values:
        lines.append(
            _("notificaties: {became}").format(
                became=_choose_notifications(values["notificaties"]).label
            )
        )
    return lines


def _changed_or_not(changes: list[bool]) -> Became:
    return Became.CHANGED if any(changes) else Became.UNCHANGED


def _save_aliases(values: Mapping[str, Any]) -> bool:
    """Save the other API roots of a configured service; return whether they changed."""
    bronnen = RolBron.objects.filter(service__slug=values["service"])
    if not bronnen:
        raise SetupError(
            _(
                "klanten_config.rollen_bronnen: service {service} is niet gekozen bij "
                "contactmomenten of verzoeken."
            ).format(service=values["service"])
        )
    changed = [bron for bron in bronnen if bron.aliases != values["aliassen"]]
    for bron in changed:
        set_aliases(bron, values["aliassen"])
    return bool(changed)


def _save_bronnen(config: KlantenConfig, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Save exactly these sources in this order; return whether any changed."""
    left = list(config.bronnen.all())
    changed = False
    for number, bron in enumerate(wanted):
        values = {**bron, "service": find_service(bron["service"]), "position": number}
        row = next((row for row in left if _is_same(row, values)), None)
        if row is not None:
            left.remove(row)
        where = f"klanten_config.nhr_bronnen[{number}]"
        new = put(row or NhrBron(config=config), values, where)
        changed |= new != Became.UNCHANGED
    for row in left:
        row.delete()
    return changed or bool(left)


def _is_same(row: NhrBron, values: Mapping[str, Any]) -> bool:
    identity = ("soort", "service", "class_path")
    return all(getattr(row, name) == values[name] for name in identity)


def save_applicaties(values: Mapping[str, Any]) -> list[str]:
    """Create or update applications and their scopes on component ``kc``."""
    return [
        _("applicatie {client_id}: {became}").format(
            client_id=one["client_id"], became=_save_applicatie(one).label
        )
        for one in values["applicaties"]
    ]


def _save_applicatie(values: Mapping[str, Any]) -> Became:
    """Save an application, without changing its authorisations on other components."""
    client_id = values["client_id"]
    where = _("applicatie {client_id}").format(client_id=client_id)
    secret = JWTSecret.objects.filter(identifier=client_id).first()
    if secret is None and "secret" not in values:
        raise SetupError(
            _("{where}: geef een secret; er is er nog geen.").format(where=where)
        )
    found = Applicatie.objects.filter(client_ids__contains=[client_id]).first()
    applicatie = found or Applicatie(client_ids=[client_id], label=client_id)
    label = {"label": values["label"]} if values.get("label") else {}
    changes = [put(applicatie, label, where) != Became.UNCHANGED]
    if "secret" in values:
        secret = secret or JWTSecret(identifier=client_id)
        new = {"secret": values["secret"]}
        changes.append(put(secret, new, where) != Became.UNCHANGED)
    changes.append(_grant(applicatie, sorted(set(values["scopes"]))))
    if found is None:
        return Became.CREATED
    return _changed_or_not(changes)


def _grant(applicatie: Applicatie, scopes: list[str]) -> bool:
    """Grant exactly these scopes on ``kc``, in one row; return whether they changed."""
    rows = list(applicatie.autorisaties.filter(component=ComponentTypes.kc))
    if len(rows) == 1 and sorted(rows[0].scopes) == scopes:
        return False
    if not rows and not scopes:
        return False
    applicatie.autorisaties.filter(component=ComponentTypes.kc).delete()
    if scopes:
        Autorisatie.objects.create(
            applicatie=applicatie, component=ComponentTypes.kc, scopes=scopes
        )
    return True


def find_service(slug: str | None) -> Service | None:
    """Return the service with this identifier. Raises :class:`SetupError`."""
    if slug is None:
        return None
    service = Service.objects.filter(slug=slug).first()
    if service is None:
        raise SetupError(
            _(
                "Er is geen service met identifier {slug}: zet hem onder "
                "klanten_services, of maak hem in de admin."
            ).format(slug=slug)
        )
    return service


def _choose(chosen: Any, slugs: list[str]) -> bool:
    services = {find_service(slug) for slug in slugs}
    if set(chosen.all()) == services:
        return False
    chosen.set(services)
    return True


def _choose_notifications(slug: str | None) -> Became:
    if not notifications_are_installed():
        raise SetupError(
            _(
                "klanten_config.notificaties: de app {notifications_app} is niet "
                "geïnstalleerd."
            ).format(notifications_app=NOTIFICATIONS_APP)
        )
    service = find_service(slug)
    if service and service.api_type != APITypes.nrc:
        raise SetupError(
            _("klanten_config.notificaties: geef service {slug} api_type nrc.").format(
                slug=slug
            )
        )
    new = {"notifications_api_service": service}
    return put(notifications_config(), new, "klanten_config.notificaties")
