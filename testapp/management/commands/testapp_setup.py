"""`testapp_setup`: fill an empty database for the demo host."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from vng_api_common.authorizations.models import AuthorizationsConfig
from vng_api_common.constants import ComponentTypes

from klanten_plugin.constants import SCOPES
from klanten_plugin.domain.rollen.sources import request_passes
from klanten_plugin.models import KlantRol, RolBron
from klanten_plugin.setup_configuration.errors import SetupError
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
    """Idempotent for the same arguments."""

    help = "Set up the site, the applications, the other systems and the admin."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: whatever differs between installations."""
        parser.add_argument(
            "--migrate", action="store_true", help="migrate the database before"
        )
        parser.add_argument(
            "--domain",
            default=settings.SITE_DOMAIN,
            help="host[:port] of the site (default: SITE_DOMAIN)",
        )
        parser.add_argument(
            "--admin-password", help="makes the superuser `admin` with this password"
        )
        parser.add_argument(
            "--application",
            action="append",
            default=[],
            metavar="NAME=SECRET",
            help=f"repeatable; NAME is one of: {', '.join(APPLICATIONS)}",
        )
        parser.add_argument(
            "--notificaties", metavar="URL", help="API root of a Notificaties API"
        )
        parser.add_argument(
            "--notificaties-secret",
            default="",
            help="what its tokens are signed with (default: it asks for no token)",
        )
        parser.add_argument(
            "--nhr", nargs=2, metavar=("URL", "KEY"), help="a trade register"
        )
        parser.add_argument(
            "--dataservice",
            nargs=2,
            metavar=("URL", "FOLDER"),
            help="KVK Dataservice of that register, and the folder of its certificates",
        )
        parser.add_argument(
            "--rollen",
            nargs=3,
            metavar=("CONTACTMOMENTEN", "VERZOEKEN", "SECRET"),
            help="the API roots of services with roles of klanten, and their secret",
        )

    # they import all URLs, and `check` is a separate command
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, **options: Any) -> None:  # Any: argparse's values
        """Migrate if requested, then save everything or nothing."""
        if options["migrate"]:
            call_command("migrate", interactive=False, stdout=self.stdout)
        secrets = dict(map(parse_application, options["application"]))
        content = sections(options) | applications(
            {name: (secret, APPLICATIONS[name]) for name, secret in secrets.items()}
        )
        with transaction.atomic():
            save_host(options["domain"], options["admin_password"])
            if options["dataservice"]:
                save_certificates(Path(options["dataservice"][1]))
            try:
                self.stdout.writelines(f"{line}\n" for line in apply_file(content))
            except SetupError as error:
                raise CommandError(str(error)) from error
            forget_previous_addresses()
            # the key or the address may be another than the one that was refused
            resume()
            # we weren't notified of changes while we weren't running
            request_passes()


def parse_application(argument: str) -> tuple[str, str]:
    """Split NAME=SECRET, where the secret may contain `=`."""
    name, _, secret = argument.partition("=")
    if name not in APPLICATIONS or not secret:
        raise CommandError(
            "--application must be NAME=SECRET, "
            f"with as NAME one of: {', '.join(APPLICATIONS)}."
        )
    return name, secret


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
