"""Probes of the host: settings, database, broker, workers and beat."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from vng_api_common.authorizations.models import Applicatie, Autorisatie
from vng_api_common.constants import ComponentTypes

from ...domain.klanten.addresses import own_collection_url
from ...findings import APP_LABEL
from ...schedule import RELAY
from ...sync.outbox.heartbeat import seconds_since_beat
from ...sync.outbox.upkeep import health
from ...tasks import broker_connection, is_scheduled, tasks_of_workers, unread_queues
from .findings import Finding, good, of_check, skipped, wrong

OLDEST_POSTGRESQL = 140000
LATE_SECONDS = 3600.0
BEAT_SECONDS = 600.0
"""Maximum age of the heartbeat of beat, which is sent every 30 seconds."""


def database(timeout: float) -> Iterator[Finding]:
    """Check whether it responds in time, and has a supported version."""
    if connection.vendor != "postgresql":
        yield wrong("E005", database=connection.display_name)
        return
    try:
        number = _server_version(timeout)
    except DatabaseError as error:
        yield wrong("D001", error=type(error).__name__)
        return
    version = number // 10000
    if number < OLDEST_POSTGRESQL:
        yield wrong("D002", version=version)
    else:
        yield good(f"PostgreSQL {version}")


def _server_version(timeout: float) -> int:
    """Use a separate connection, because the host's has no connect timeout."""
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
    """Check whether all migrations of the host are applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    ours = sum(migration.app_label == APP_LABEL for migration, _backwards in plan)
    if plan:
        yield wrong("D003", count=len(plan), ours=ours)
    else:
        yield good(_("alle gedaan"))


def checks() -> Iterator[Finding]:
    """Run the system checks of the plugin; see ``docs/checks.md``."""
    messages = run_checks(databases=["default"], include_deployment_checks=True)
    ours = [one for one in messages if str(one.id).startswith(f"{APP_LABEL}.")]
    for message in ours:
        yield of_check(message)
    if not ours:
        yield good(_("geen opmerkingen"))


def address() -> Iterator[Finding]:
    """Report the public URL of klanten."""
    yield good(own_collection_url())


def applications() -> Iterator[Finding]:
    """Check whether any application has access to the API."""
    some = Autorisatie.objects.filter(component=ComponentTypes.kc)
    everything = Applicatie.objects.filter(heeft_alle_autorisaties=True)
    count = some.values("applicatie").distinct().count() + everything.count()
    if count:
        yield good(_("{count} met toegang").format(count=count))
    else:
        yield wrong("D004")


def broker(timeout: float) -> Iterator[Finding]:
    """Check whether it accepts messages, and has workers."""
    try:
        with broker_connection(timeout) as opened:
            opened.ensure_connection(max_retries=1, timeout=timeout)
            yield good(opened.as_uri())
            yield _workers(opened, timeout)
    except Exception as error:  # noqa: BLE001 - each broker has its own
        yield wrong("D005", error=type(error).__name__)


def _workers(opened: Any, timeout: float) -> Finding:
    name = "workers"
    workers = tasks_of_workers(opened, timeout)
    able = [worker for worker, tasks in workers.items() if RELAY in tasks]
    if not workers:
        return wrong("D006", name)
    if not able:
        return wrong("D007", name, count=len(workers))
    if unread := unread_queues(opened, timeout):
        tasks = sorted(task for names in unread.values() for task in names)
        queues = ",".join(sorted(unread))
        return wrong("D008", name, queues=queues, tasks=", ".join(tasks))
    return good(
        _("{count} met de taken van de Klanten API").format(count=len(able)), name
    )


def beat() -> Iterator[Finding]:
    """Check whether its task ran recently."""
    seconds = seconds_since_beat()
    if seconds is None and not is_scheduled(RELAY):
        yield skipped(_("zie klanten_plugin.W002"))
    elif seconds is None:
        yield wrong("D009")
    elif seconds > BEAT_SECONDS:
        yield wrong("D010", minutes=seconds / 60)
    else:
        yield good(_("{seconds:.0f} s geleden").format(seconds=seconds))


def outbox() -> Iterator[Finding]:
    """Check for given-up and overdue rows."""
    numbers = health()
    values: dict[str, Any] = {
        "open": numbers.waiting + numbers.running,
        "given_up": numbers.given_up,
        "hours": numbers.oldest_seconds / 3600,
    }
    if numbers.given_up:
        yield wrong("D011", **values)
    elif numbers.oldest_seconds > LATE_SECONDS:
        yield wrong("D012", **values)
    else:
        yield good(_("{open} te doen, {given_up} opgegeven").format(**values))
