"""Grant applications permissions on the APIs of this host."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.constants import ComponentTypes
from vng_api_common.models import JWTSecret

from klanten_plugin.constants import SCOPES

KLANTEN_SCOPES = SCOPES
"""Scopes of the plugin, for component `kc`, whatever the host's component is."""

MEMOS_SCOPES = ("memos.lezen", "memos.aanmaken")
"""Scopes of this host's own component."""

HOST_COMPONENT = ComponentTypes.zrc

APPLICATIONS: Mapping[str, Mapping[ComponentTypes, tuple[str, ...]]] = {
    "demo": {ComponentTypes.kc: KLANTEN_SCOPES, HOST_COMPONENT: MEMOS_SCOPES},
    "lezer": {ComponentTypes.kc: ("klanten.lezen",)},
}
"""The applications of the demo, with their scopes per component."""


@transaction.atomic
def save_application(
    client_id: str, secret: str, scopes: Mapping[ComponentTypes, Iterable[str]]
) -> None:
    """Create or update an application, so that it has exactly these permissions."""
    JWTSecret.objects.update_or_create(
        identifier=client_id, defaults={"secret": secret}
    )
    application, _ = Applicatie.objects.update_or_create(
        client_ids=[client_id],
        defaults={"label": client_id, "heeft_alle_autorisaties": False},
    )
    application.autorisaties.exclude(component__in=scopes).delete()
    for component, labels in scopes.items():
        Autorisatie.objects.update_or_create(
            applicatie=application,
            component=component,
            defaults={"scopes": list(labels)},
        )
