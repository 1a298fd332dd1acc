"""`testapp_setup`: fill an empty database for the demo host."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from notifications_api_common.models import NotificationsConfig
from vng_api_common.authorizations.models import AuthorizationsConfig
from zgw_consumers.constants import APITypes, AuthTypes
from zgw_consumers.models import Service

from testapp.applications import APPLICATIONS, HOST_COMPONENT, save_application

NOTIFICATIES_CLIENT_ID = "klanten"


class Command(BaseCommand):
    """Idempotent for the same arguments."""

    help = "Set up the site, the host's component, the applications and the admin."

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
            help="KVK Dataservice before that register, and its certificates",
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
        self._save(options)

    @transaction.atomic
    def _save(self, options: dict[str, Any]) -> None:
        save_site(options["domain"])
        config = AuthorizationsConfig.get_solo()
        config.component = HOST_COMPONENT
        config.save()
        for argument in options["application"]:
            name, secret = parse_application(argument)
            save_application(name, secret, APPLICATIONS[name])
            self.stdout.write(f"application {name}")
        if options["notificaties"]:
            save_notificaties(options["notificaties"], options["notificaties_secret"])
            self.stdout.write(f"notificaties {options['notificaties']}")
        if options["nhr"]:
            register, key = options["nhr"]
            dataservice = options["dataservice"]
            call_command(
                "testapp_nhr", register=register, key=key, dataservice=dataservice
            )
        if options["rollen"]:
            names = ("contactmomenten", "verzoeken", "secret")
            given = dict(zip(names, options["rollen"], strict=True))
            call_command("testapp_rollen", configure_only=True, **given)
        if options["admin_password"]:
            save_admin(options["admin_password"])
            self.stdout.write("superuser admin")
        self.stdout.write(f"site {options['domain']}, component {HOST_COMPONENT}")


def parse_application(argument: str) -> tuple[str, str]:
    """Split NAME=SECRET, where the secret may contain `=`."""
    name, _, secret = argument.partition("=")
    if name not in APPLICATIONS or not secret:
        raise CommandError(
            "--application must be NAME=SECRET, "
            f"with as NAME one of: {', '.join(APPLICATIONS)}."
        )
    return name, secret


def save_site(domain: str) -> None:
    """Set the domain of the site, for the admin's links."""
    Site.objects.update_or_create(
        pk=settings.SITE_ID, defaults={"domain": domain, "name": domain[:50]}
    )


def save_notificaties(url: str, secret: str) -> None:
    """Have notifications sent to this API. An existing service gets the new address."""
    service, _ = Service.objects.update_or_create(
        slug="notificaties",
        defaults={
            "label": "Notificaties API",
            "api_type": APITypes.nrc,
            "api_root": url,
            "auth_type": AuthTypes.zgw if secret else AuthTypes.no_auth,
            "client_id": NOTIFICATIES_CLIENT_ID,
            "secret": secret,
        },
    )
    config = NotificationsConfig.get_solo()
    config.notifications_api_service = service
    config.save()


def save_admin(password: str) -> None:
    """Create or repair the superuser. A correct password isn't changed."""
    user, _ = get_user_model().objects.get_or_create(username="admin")
    user.is_staff = user.is_superuser = user.is_active = True
    if not user.check_password(password):
        user.set_password(password)
    user.save()
