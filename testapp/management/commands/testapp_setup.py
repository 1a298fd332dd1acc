"""`testapp_setup`: fill an empty database for the demo host."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from vng_api_common.authorizations.models import AuthorizationsConfig
from vng_api_common.constants import ComponentTypes

from klanten_plugin.constants import SCOPES
from klanten_plugin.domain.rollen.sources import request_passes
from klanten_plugin.models import KlantRol, RolBron
from klanten_plugin.setup_configuration.sections import apply_file
from klanten_plugin.sync.nhr.gate import resume
from testapp.demo.configuration import (
    KINDS,
    applications,
    save_certificates,
    sections,
    slug_of,
)

HOST_COMPONENT = ComponentTypes.zrc
"""Not that of the plugin, as in a suite with several components."""

APPLICATIONS: Mapping[str, Sequence[str]] = {
    "demo": SCOPES,
    "lezer": ("klanten.lezen",),
}
"""The applications of the demo, with their scopes."""


class Command(BaseCommand):
    """Idempotent for the same content."""

    help = "Set up the site, the applications, the other systems and the admin."

    # they import all URLs, and `check` is a separate command
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments. Secrets are in a file: all users can read arguments."""
        parser.add_argument("file", type=Path, help="what to set up, as JSON")
        parser.add_argument(
            "--migrate", action="store_true", help="migrate the database before"
        )

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Migrate if requested, then save everything or nothing."""
        if options["migrate"]:
            call_command("migrate", interactive=False, stdout=self.stdout)
        lines = set_up(json.loads(options["file"].read_text(encoding="utf-8")))
        self.stdout.writelines(f"{line}\n" for line in lines)


@transaction.atomic
def set_up(content: Mapping[str, Any]) -> list[str]:
    """Save everything in the content, and return what was saved.

    The keys are ``domain`` (host[:port] of the site), ``admin_password`` (of the
    superuser ``admin``), ``applications`` (a secret for each client ID), and the other
    systems: see :func:`testapp.demo.configuration.sections`. All are optional.
    """
    secrets = {
        name: (secret, APPLICATIONS[name])
        for name, secret in content.get("applications", {}).items()
    }
    save_host(
        content.get("domain", settings.SITE_DOMAIN), content.get("admin_password")
    )
    if "dataservice" in content:
        save_certificates(Path(content["dataservice"][1]))
    lines = apply_file(sections(content) | applications(secrets))
    forget_previous_addresses()
    # the key or the address may be another than the one that was refused
    resume()
    # we weren't notified of changes while we weren't running
    request_passes()
    return lines


def save_host(domain: str, password: str | None) -> None:
    """Save the site, the component, and with a password the superuser.

    A correct password isn't changed, so that sessions stay valid.
    """
    Site.objects.update_or_create(
        pk=settings.SITE_ID, defaults={"domain": domain, "name": domain[:50]}
    )
    config = AuthorizationsConfig.get_solo()
    config.component = HOST_COMPONENT
    config.save()
    if password is None:
        return
    user, _ = get_user_model().objects.get_or_create(username="admin")
    user.is_staff = user.is_superuser = user.is_active = True
    if not user.check_password(password):
        user.set_password(password)
    user.save()


def forget_previous_addresses() -> None:
    """Delete roles from a peer that moved: its relations have other URLs now."""
    peers = RolBron.objects.filter(service__slug__in=map(slug_of, KINDS))
    for bron in peers.select_related("service"):
        roles = KlantRol.objects.filter(bron=bron)
        roles.exclude(url__startswith=bron.service.api_root).delete()
