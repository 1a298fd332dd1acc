"""``manage.py klanten_uninstall``: remove the plugin from the database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from ...constants import OPEN_STATES
from ...findings import APP_LABEL
from ...models import Klant, OutboxRow
from ...sync.outbox.heartbeat import KEY
from ..results import ResultCommand

BEAT = "django_celery_beat"

NEXT = gettext_lazy(
    "Haal nu klanten_plugin uit INSTALLED_APPS, de URL's, de middleware en "
    "CELERY_BEAT_SCHEDULE, en start webserver, workers en beat opnieuw. Van de host "
    "blijven: audit trail, applicaties en services."
)


class Command(ResultCommand):
    """Run with the plugin still installed, and beat and the workers stopped.

    Idempotent: a second run finds nothing.
    """

    description = gettext_lazy(
        "Verwijder de tabellen, periodieke taken en content types van de Klanten API."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Without ``--yes`` it only lists what it would remove."""
        parser.add_argument(
            "--yes", action="store_true", help=_("Werkelijk verwijderen.")
        )
        parser.add_argument(
            "--discard",
            action="store_true",
            help=_("Ook als er nog taken in de outbox wachten."),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """List the objects, and remove them."""
        tables_exist = self._say_tables(options)
        periodic = periodic_tasks()
        # of all versions of the plugin
        types = ContentType.objects.filter(app_label=APP_LABEL)
        count = periodic.count() if periodic is not None else 0
        self.say(
            _("periodieke taken: {count}, content types: {types}"),
            count=count,
            types=types.count(),
        )
        if not options["yes"]:
            self.stdout.write(_("Er is niets verwijderd. Met --yes gebeurt dat wel."))
            return
        if periodic is not None:
            remove_periodic_tasks(periodic)
        if tables_exist:
            call_command("migrate", APP_LABEL, "zero", verbosity=0, interactive=False)
        # last, because migrating recreates them
        types.delete()
        cache.delete(KEY)
        self.stdout.write(str(NEXT))

    def _say_tables(self, options: dict[str, Any]) -> bool:
        """Return whether there are tables; raise if rows would be lost."""
        if Klant._meta.db_table not in connection.introspection.table_names():
            self.stdout.write(_("geen tabellen"))
            return False
        waiting = OutboxRow.objects.filter(state__in=OPEN_STATES).count()
        self.say(
            _("klanten: {count}, taken in de outbox die wachten: {waiting}"),
            count=Klant.objects.count(),
            waiting=waiting,
        )
        if options["yes"] and waiting and not options["discard"]:
            raise CommandError(
                _(
                    "Werk eerst de outbox af met `klanten_outbox run`, of geef --discard."
                )
            )
        return True


def periodic_tasks() -> QuerySet[Any] | None:
    """Return the rows of django-celery-beat for our tasks, if the host has that app."""
    if BEAT not in apps.app_configs:
        return None
    model = apps.get_model(BEAT, "PeriodicTask")
    found: QuerySet[Any] = model._default_manager.filter(
        task__startswith=f"{APP_LABEL}."
    )
    return found


def remove_periodic_tasks(rows: QuerySet[Any]) -> None:
    """Delete them, and the intervals that no other task uses."""
    intervals = list(rows.values_list("interval", flat=True))
    rows.delete()
    schedules = apps.get_model(BEAT, "IntervalSchedule")._default_manager
    schedules.filter(pk__in=intervals, periodictask=None).delete()
