"""Is the host itself well: its settings, database, broker, workers and beat?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from django.core.checks import ERROR, CheckMessage, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.constants import ComponentTypes

from ...domain.klanten.addresses import own_collection_url
from ...schedule import RELAY
from ...sync.outbox.heartbeat import seconds_since_beat
from ...sync.outbox.upkeep import health
from ...tasks import broker_connection, is_scheduled, tasks_of_workers
from .findings import Finding, bad, good, warning

APP = "klanten_plugin"
OLDEST_POSTGRESQL = 140000
LATE_SECONDS = 3600.0
BEAT_SECONDS = 600.0
"""So long without a sign of beat is too long: it sends its task every half a minute."""


def database(timeout: float) -> Iterator[Finding]:
    """Whether it answers within the limit, and is new enough."""
    if connection.vendor != "postgresql":
        yield bad("database", connection.display_name, _("Gebruik PostgreSQL."))
        return
    try:
        number = _server_version(timeout)
    except DatabaseError as error:
        yield bad(
            "database",
            _("niet bereikbaar ({error})").format(error=type(error).__name__),
            _("Controleer DATABASES, en of de server draait."),
        )
        return
    version = f"PostgreSQL {number // 10000}"
    if number < OLDEST_POSTGRESQL:
        yield bad("database", version, _("Gebruik PostgreSQL 14 of nieuwer."))
    else:
        yield good("database", version)


def _server_version(timeout: float) -> int:
    """Over a connection of its own: the host's has no time limit to connect."""
    own: Any = connection.copy()
    limit = {"connect_timeout": max(1, math.ceil(timeout))}
    own.settings_dict = {
        **own.settings_dict,
        "OPTIONS": {**own.settings_dict.get("OPTIONS", {}), **limit},
    }
    try:
        with own.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            return int(cursor.fetchone()[0])
    finally:
        own.close()


def migrations() -> Iterator[Finding]:
    """Whether all of the host's are done."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    count = len(plan)
    if count:
        ours = sum(migration.app_label == APP for migration, _backwards in plan)
        yield bad(
            "migraties",
            _("nog te doen: {count}, waarvan {ours} van de Klanten API").format(
                count=count, ours=ours
            ),
            _("Draai `manage.py migrate`."),
        )
    else:
        yield good("migraties", _("alle gedaan"))


def checks() -> Iterator[Finding]:
    """The system checks of our own; see ``docs/checks.md``."""
    messages = run_checks(databases=["default"], include_deployment_checks=True)
    ours = [message for message in messages if str(message.id).startswith(f"{APP}.")]
    for message in ours:
        yield _of_check(message)
    if not ours:
        yield good("controles", _("geen opmerkingen"))


def _of_check(message: CheckMessage) -> Finding:
    make = bad if message.level >= ERROR else warning
    return make("controles", f"{message.id}: {message.msg}", str(message.hint))


def address() -> Iterator[Finding]:
    """Under which address others know the klanten."""
    yield good("adres", own_collection_url())


def applications() -> Iterator[Finding]:
    """Whether anybody may use the API."""
    some = Autorisatie.objects.filter(component=ComponentTypes.kc)
    everything = Applicatie.objects.filter(heeft_alle_autorisaties=True)
    count = some.values("applicatie").distinct().count() + everything.count()
    if count:
        yield good("applicaties", _("{count} met toegang").format(count=count))
    else:
        yield warning(
            "applicaties",
            _("geen enkele heeft toegang"),
            _("Geef er een scopes op component kc, met klanten_setup."),
        )


def broker(timeout: float) -> Iterator[Finding]:
    """Whether it takes messages, and who reads them."""
    try:
        with broker_connection(timeout) as opened:
            opened.ensure_connection(max_retries=1, timeout=timeout)
            name = opened.as_uri()
            yield good("broker", name)
            yield _workers(opened, timeout)
    except Exception as error:  # noqa: BLE001 - each broker has its own
        yield bad(
            "broker",
            _("niet bereikbaar ({error})").format(error=type(error).__name__),
            _(
                "Controleer CELERY_BROKER_URL, en of de broker draait. Tot dan wacht alles "
                "in de outbox; er gaat niets verloren."
            ),
        )


def _workers(opened: Any, timeout: float) -> Finding:
    found = tasks_of_workers(opened, timeout)
    able = [name for name, tasks in found.items() if RELAY in tasks]
    if able:
        return good(
            "workers",
            _("{able} met de taken van de Klanten API").format(able=len(able)),
        )
    if found:
        return bad(
            "workers",
            _("{found}, maar geen met de taken van de Klanten API").format(
                found=len(found)
            ),
            _("Start de workers opnieuw, met dezelfde settings als de webserver."),
        )
    return bad(
        "workers",
        _("geen enkele antwoordt"),
        _("Start er een: `celery -A <app van de host> worker`."),
    )


def beat() -> Iterator[Finding]:
    """Whether its task came by lately."""
    seconds = seconds_since_beat()
    if seconds is not None and seconds <= BEAT_SECONDS:
        yield good("beat", _("{seconds:.0f} s geleden").format(seconds=seconds))
        return
    advice = _(
        "Start een: `celery -A <app van de host> beat`; of draai `klanten_outbox run`."
    )
    if not is_scheduled(RELAY):
        advice = _("Zie klanten_plugin.W002.")
    if seconds is None:
        what = _("niets van gezien; alleen te zien met een cache die processen delen")
        yield warning("beat", what, advice)
    else:
        yield bad(
            "beat", _("{value:.0f} minuten geleden").format(value=seconds / 60), advice
        )


def outbox() -> Iterator[Finding]:
    """Whether work is left undone."""
    numbers = health()
    what = _("{value} te doen, {given_up} opgegeven").format(
        value=numbers.waiting + numbers.running, given_up=numbers.given_up
    )
    if numbers.given_up:
        yield warning(
            "outbox", what, _("Kijk in de admin, of met `klanten_outbox list`.")
        )
    elif numbers.oldest_seconds > LATE_SECONDS:
        hours = f"{numbers.oldest_seconds / 3600:.0f}"
        yield warning(
            "outbox",
            _("{what}, de oudste al {hours} uur").format(what=what, hours=hours),
            _("Draaien de workers?"),
        )
    else:
        yield good("outbox", what)
