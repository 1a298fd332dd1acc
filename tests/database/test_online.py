"""Every migration after the first can run while the API serves a million klanten.

Checked by squawk, a linter that knows which lock each PostgreSQL statement takes, and
which statements rewrite a table.
"""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
)
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

import pytest

pytestmark = pytest.mark.django_db(transaction=True)

APP = "klanten_plugin"
FIRST = "0001_initial"

SQUAWK = Path(sysconfig.get_path("scripts")) / "squawk"

STYLE = (
    "ban-drop-column",  # in the release after the one that stopped using it
    "ban-drop-table",
    "ban-drop-not-null",
    "prefer-bigint-over-int",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-statement-timeout",  # creating an index on a million rows takes a while
)
"""Rules that aren't about locks, rewrites or two versions running side by side."""


def faults(migration: migrations.Migration) -> set[str]:
    """Return the rules that a migration on top of all others violates."""
    state = MigrationLoader(connection).project_state()
    editor: Any = connection.schema_editor(collect_sql=True, atomic=migration.atomic)
    with editor:
        migration.apply(state, editor, collect_sql=True)
    return rules_broken([line for line in editor.collected_sql if line[:2] != "--"])


def rules_broken(statements: list[str]) -> set[str]:
    """Return violations that squawk finds, and statements that rewrite all rows."""
    text = "\n".join(statements)
    # the options and the text are ours
    done = subprocess.run(  # noqa: S603
        [
            SQUAWK,
            "--reporter=json",
            "--pg-version=14",
            f"--exclude={','.join(STYLE)}",
            "--stdin-filepath=migration.sql",
        ],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = text.splitlines()
    broken = {
        fault["rule_name"]
        for fault in json.loads(done.stdout)
        # this one waits for transactions without blocking others, and a timeout would
        # leave an invalid index
        if "CONCURRENTLY" not in lines[fault["line"]]
        or fault["rule_name"] != "require-lock-timeout"
    }
    if any(line.lstrip().upper().startswith("UPDATE ") for line in statements):
        broken.add("update-of-a-whole-table")
    return broken


def migration(*operations: Any, atomic: bool = True) -> migrations.Migration:
    made = migrations.Migration("0002_test", APP)
    made.operations, made.atomic = list(operations), atomic
    return made


TIMEOUT = migrations.RunSQL("SET LOCAL lock_timeout = '2s'", migrations.RunSQL.noop)
INDEX = models.Index(fields=["voornaam"], name="klanten_klant_voornaam")
CHECK = models.CheckConstraint(condition=~models.Q(voornaam="?"), name="klanten_check")
TEXT = {"max_length": 50, "blank": True, "default": ""}

GOOD = {
    "an index": migration(AddIndexConcurrently("klant", INDEX), atomic=False),
    "a field": migration(
        TIMEOUT,
        migrations.AddField("klant", "roep", models.CharField(**TEXT, db_default="")),
    ),
    "a field that may be null": migration(
        TIMEOUT, migrations.AddField("klant", "roep", models.IntegerField(null=True))
    ),
    "a constraint": migration(TIMEOUT, AddConstraintNotValid("klant", CHECK)),
    "a new table": migration(
        TIMEOUT,
        migrations.CreateModel(
            "Nieuw", [("id", models.BigAutoField(primary_key=True))]
        ),
    ),
}
BAD = {
    "an index that writers wait for": (
        migration(TIMEOUT, migrations.AddIndex("klant", INDEX)),
        "require-concurrent-index-creation",
    ),
    "an index that writers wait for, as SQL": (
        migration(
            TIMEOUT, migrations.RunSQL("CREATE INDEX a ON klanten_plugin_klant (etag)")
        ),
        "require-concurrent-index-creation",
    ),
    "no limit to the wait for a lock": (
        migration(migrations.AddField("klant", "roep", models.IntegerField(null=True))),
        "require-lock-timeout",
    ),
    "a field that the version before doesn't fill": (
        migration(
            TIMEOUT, migrations.AddField("klant", "roep", models.CharField(**TEXT))
        ),
        "ban-drop-default",
    ),
    "another type": (
        migration(
            TIMEOUT, migrations.AlterField("klant", "voornaam", models.TextField())
        ),
        "changing-column-type",
    ),
    "a constraint that looks at all rows": (
        migration(TIMEOUT, migrations.AddConstraint("klant", CHECK)),
        "constraint-missing-not-valid",
    ),
    "a field that is renamed": (
        migration(TIMEOUT, migrations.RenameField("klant", "voornaam", "naam")),
        "renaming-column",
    ),
    "all rows changed at once": (
        migration(
            TIMEOUT,
            migrations.RunSQL("UPDATE klanten_plugin_klant SET voornaam = ''"),
        ),
        "update-of-a-whole-table",
    ),
}


@pytest.mark.parametrize("what", GOOD)
def test_what_may_be_done(what: str) -> None:
    assert faults(GOOD[what]) == set()


@pytest.mark.parametrize("what", BAD)
def test_what_is_refused(what: str) -> None:
    refused, rule = BAD[what]
    assert rule in faults(refused)


def test_no_migration_after_the_first_locks_or_rewrites_a_table() -> None:
    loader = MigrationLoader(connection)
    ours = sorted(name for app, name in loader.disk_migrations if app == APP)
    assert ours[0] == FIRST
    for name in ours[1:]:
        plan = [(loader.disk_migrations[APP, name], False)]
        statements = loader.collect_sql(plan)
        assert rules_broken(statements) == set(), name
