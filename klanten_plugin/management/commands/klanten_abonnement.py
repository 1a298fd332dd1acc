"""``manage.py klanten_abonnement``: subscribe to notifications about roles."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from ...domain.klanten.addresses import absolute_url
from ...exceptions import RemoteError
from ...sync.rollen.subscription import status, subscribe
from ..results import ResultCommand

CALLBACK = "klanten-notificaties-callback"


class Command(ResultCommand):
    """Register, show and renew the subscription of this installation."""

    description = gettext_lazy(
        "Registreer, toon of vernieuw het abonnement bij de Notificaties API."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``renew`` registers again, with a new secret."""
        parser.add_argument("action", choices=("register", "show", "renew"))
        parser.add_argument(
            "--callback-url",
            help=_("Waar de Notificaties API ons bereikt; standaard het eigen domein."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Perform the action, and print the result."""
        url = options["callback_url"] or own_callback_url()
        try:
            if options["action"] == "show":
                self._show(url)
            else:
                abonnement = subscribe(url)
                kanalen = ", ".join(abonnement.kanalen)
                self.say(
                    _("{abonnement}: {kanalen} naar {url}"),
                    abonnement=abonnement.url,
                    kanalen=kanalen,
                    url=url,
                )
        except RemoteError as error:
            raise CommandError(str(error)) from error

    def _show(self, url: str) -> None:
        found = status(url)
        remote = found.remote.url if found.remote else _("geen")
        kanalen = ", ".join(found.remote.kanalen) if found.remote else _("geen")
        self.stdout.write(f"callback: {url}")
        self.say(_("abonnement: {remote}"), remote=remote)
        self.say(_("kanalen: {kanalen}"), kanalen=kanalen)
        if not found.is_right:
            self.stdout.write(_("Het abonnement ontbreekt of is verouderd: renew."))
            sys.exit(1)


def own_callback_url() -> str:
    """Return the public URL of the callback."""
    return absolute_url(reverse(CALLBACK))
