"""``manage.py klanten_abonnement``: subscribe to notifications about roles."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from ...domain.klanten.addresses import absolute_url
from ...exceptions import RemoteError
from ...sync.rollen.subscription import status, subscribe

CALLBACK = "klanten-notificaties-callback"


class Command(BaseCommand):
    """Register, show and renew the one subscription of this installation."""

    help = "Registreer, toon of vernieuw het abonnement bij de Notificaties API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Renewing is registering again: the subscription gets another secret."""
        parser.add_argument("action", choices=("register", "show", "renew"))
        parser.add_argument(
            "--callback-url",
            help="Waar de Notificaties API ons bereikt; standaard het eigen domein.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say in a sentence what is or isn't right."""
        url = options["callback_url"] or own_callback_url()
        try:
            if options["action"] == "show":
                self._show(url)
            else:
                abonnement = subscribe(url)
                kanalen = ", ".join(abonnement.kanalen)
                self.stdout.write(f"{abonnement.url}: {kanalen} naar {url}")
        except RemoteError as error:
            raise CommandError(str(error)) from error

    def _show(self, url: str) -> None:
        found = status(url)
        remote = found.remote.url if found.remote else "geen"
        kanalen = ", ".join(found.remote.kanalen) if found.remote else "geen"
        self.stdout.write(f"callback: {url}")
        self.stdout.write(f"abonnement: {remote}")
        self.stdout.write(f"kanalen: {kanalen}")
        if not found.is_right:
            self.stdout.write("Het abonnement ontbreekt of is verouderd: renew.")
            sys.exit(1)


def own_callback_url() -> str:
    """The address under which the world knows this host."""
    return absolute_url(reverse(CALLBACK))
