"""What the tables need and Django's models can't declare: triggers, and their indexes.

The definitions that this version of the code works with, made from the registries of
subjects and groups. Migrations don't import them: each has SQL of its own in
``migrations/sql``, which is never edited again. A test compares what all migrations
together make with what is said here; ``domain/database.py`` compares a database with
it, and mends what differs.

The triggers hold for every writer: the API, workers, the admin, ``QuerySet.update`` and
a person with ``psql``. See ``domain/klanten/etags.py`` for what the marker is for. Every
function has the schema of its table as its ``search_path``, because tools such as
``pg_restore`` work with an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from .groups import Group, owned_groups
from .klanten import Klant
from .subjects import SUBJECTS

MARKER = "('!' || pg_current_xact_id()::text)"

KLANT_CHANGED = f"""
DECLARE
    asked text := NEW.etag;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.etag := {MARKER};
        RETURN NEW;
    END IF;
    -- Any UPDATE that names the column, such as a save() of an object that was read
    -- long ago, would bring back a hash of values that are gone. So it is only taken
    -- from who shows the marker that it was computed under: "<marker>:<hash>".
    NEW.etag := OLD.etag;
    IF NEW IS DISTINCT FROM OLD OR asked = {MARKER} THEN
        NEW.etag := {MARKER};
        INSERT INTO klanten_plugin_changedklant (klant_id) VALUES (OLD.id);
    ELSIF starts_with(OLD.etag, '!') AND starts_with(asked, OLD.etag || ':') THEN
        NEW.etag := substr(asked, length(OLD.etag) + 2);
    END IF;
    RETURN NEW;
END
"""

# at most one update of the klant in a transaction, however many groups it changes
MARK_KLANT = f"""
        UPDATE klanten_plugin_klant AS klant
        SET etag = {MARKER}
        WHERE klant.etag IS DISTINCT FROM {MARKER} AND klant.id = """

CHECK_KIND = """
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM klanten_plugin_klant
        WHERE id = NEW.klant_id AND subject_type = '{kind}'
    ) THEN
        RAISE EXCEPTION 'klant % is not of type {kind}', NEW.klant_id
        USING ERRCODE = 'check_violation';
    END IF;"""
"""One subject per klant: of the kind that the klant says, and of no other."""

GROUP_CHANGED = """
BEGIN{check}
    IF TG_OP <> 'INSERT' THEN{mark}{old};
    END IF;
    IF TG_OP <> 'DELETE' THEN{mark}{new};
    END IF;
    RETURN NULL;
END
"""

COMPACT = """
        WITH held AS MATERIALIZED (
            SELECT id FROM klanten_plugin_klantcount FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM klanten_plugin_klantcount
            WHERE id = ANY(ARRAY(SELECT id FROM held)) RETURNING change
        )
        INSERT INTO klanten_plugin_klantcount (change) SELECT sum(change) FROM gone
        HAVING count(*) > 0"""
"""Make one row of those of the counter that no other transaction holds."""

# Each klant that changes is written down, once in a transaction: a change of a group
# marks the klant. See domain/klanten/bitmaps.py.
#
# How many klanten there are, as the sum of all changes of that number: see
# domain/klanten/pages.py. Each statement adds a row, which nobody else waits for; now
# and then one of them makes one row of those that nobody else holds. Not within a
# snapshot that is older than the statement: what others made one row of would be an
# error there, so then the hourly task does it.
KLANT_COUNTED = f"""
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO klanten_plugin_klantcount (change) SELECT count(*) FROM changed
        HAVING count(*) > 0;
        INSERT INTO klanten_plugin_changedklant (klant_id) SELECT id FROM changed;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO klanten_plugin_klantcount (change) SELECT -count(*) FROM changed
        HAVING count(*) > 0;
        INSERT INTO klanten_plugin_changedklant (klant_id) SELECT id FROM changed;
    ELSE
        DELETE FROM klanten_plugin_klantcount;
        DELETE FROM klanten_plugin_changedklant;
        DELETE FROM klanten_plugin_klantbitmap;
        DELETE FROM klanten_plugin_sharedvalue;
    END IF;
    IF random() < 0.02 AND current_setting('transaction_isolation') = 'read committed'
    THEN
{COMPACT};
    END IF;
    RETURN NULL;
END
"""


AUDIT_INDEX = "klanten_audittrail_klant"

FOLDED = (
    "upper(translate("
    "regexp_replace(normalize({value}, NFD), '[\\u0300-\\u036f]', '', 'g'),"
    " 'ØøŁłĐđ\u0131ß\u2019', 'OoLlDdis'''))"
)
"""A text without case and accents, by functions that every PostgreSQL has.

Accents are taken off where Unicode can take the letter apart; the letters of which it
can't are replaced. It asks for a database in UTF-8, as Django does.
"""

TRADE_NAMES = (1, 2, 3)
"""The trade names of a vestiging that are searched for, by their place in the list."""

KLANT = "klanten_plugin_klant"
PERSON = "klanten_plugin_natuurlijkpersoon"
VERBLIJFSADRES = "klanten_plugin_verblijfsadres"


def _searched(table: str, *names: str, also: str = "") -> str:
    """An index on folded texts in which rows are found by the start of the first."""
    folded = [f'{FOLDED.format(value=name)} COLLATE "C"' for name in names]
    columns = ", ".join([*folded, *filter(None, [also])])
    return f"ON {table} ({columns}) WHERE {names[0]} > ''"


INDEXES = {
    # on the suite's own table, and only the lines of this API: finding those of one
    # klant must not depend on how many there are
    AUDIT_INDEX: "ON audittrails_audittrail (right(hoofd_object, 36)) WHERE bron = 'kc'",
    # for the search of the admin (domain/klanten/lookups.py): the beginning of a name in
    # any case, with or without accents, and a telephone number however it is spelled.
    # The indexes that the API's filters use can do neither. In the collation "C" a
    # prefix is a range, whatever the database's own is. Rows without the value are left
    # out: they cost nothing.
    "klanten_zoek_achternaam": _searched(
        KLANT, "achternaam", "voornaam", "voorvoegsel_achternaam"
    ),
    "klanten_zoek_voornaam": _searched(KLANT, "voornaam"),
    "klanten_zoek_bedrijfsnaam": _searched(KLANT, "bedrijfsnaam"),
    "klanten_zoek_emailadres": (
        'ON klanten_plugin_klant (upper(emailadres) COLLATE "C")'
    ),
    "klanten_zoek_geslachtsnaam": _searched(
        PERSON, "geslachtsnaam", "voornamen", "voorvoegsel_geslachtsnaam"
    ),
    "klanten_zoek_voornamen": _searched(PERSON, "voornamen"),
    "klanten_zoek_geboortedatum": (
        f"ON {PERSON} (geboortedatum) WHERE geboortedatum > ''"
    ),
    "klanten_zoek_statutaire_naam": _searched(
        "klanten_plugin_nietnatuurlijkpersoon", "statutaire_naam"
    ),
    **{
        f"klanten_zoek_handelsnaam{number}": _searched(
            "klanten_plugin_vestiging", f"(handelsnaam)[{number}]"
        )
        for number in TRADE_NAMES
    },
    "klanten_zoek_straat": _searched(
        "klanten_plugin_klantadres", "straatnaam", also="huisnummer"
    ),
    "klanten_zoek_verblijf_straat": _searched(
        VERBLIJFSADRES, "gor_openbare_ruimte_naam", also="aoa_huisnummer"
    ),
    "klanten_zoek_verblijf_postcode": (
        f"ON {VERBLIJFSADRES} (aoa_postcode, aoa_huisnummer) WHERE aoa_postcode > ''"
    ),
    "klanten_zoek_telefoonnummer": (
        "ON klanten_plugin_klant"
        " (right(regexp_replace(telefoonnummer, '[^0-9]', '', 'g'), 9))"
        " WHERE telefoonnummer > ''"
    ),
}
"""Indexes on expressions: by their name, what follows it in ``CREATE INDEX``."""


@dataclass(frozen=True)
class Trigger:
    """A trigger, with ``definition`` as ``pg_get_triggerdef`` shows it."""

    name: str
    table: str
    definition: str


COUNTED = "klanten_plugin_klant_counted"


def functions() -> dict[str, str]:
    """The body of each trigger function, by its name."""
    groups = {
        f"{model._meta.db_table}_changed": _group_changed(model)
        for model in group_models(Klant)
    }
    return {f"{KLANT}_changed": KLANT_CHANGED, **groups, COUNTED: KLANT_COUNTED}


def triggers() -> list[Trigger]:
    """Every trigger; those on a group are named as their function."""
    groups = [model._meta.db_table for model in group_models(Klant)]
    return [
        _trigger(f"{KLANT}_changed", KLANT, "BEFORE INSERT OR UPDATE", "ROW"),
        *(
            _trigger(
                f"{table}_changed", table, "AFTER INSERT OR DELETE OR UPDATE", "ROW"
            )
            for table in groups
        ),
        _counting("inserted", "INSERT", " REFERENCING NEW TABLE AS changed"),
        _counting("deleted", "DELETE", " REFERENCING OLD TABLE AS changed"),
        _counting("truncated", "TRUNCATE", ""),
    ]


def _counting(name: str, event: str, rows: str) -> Trigger:
    return _trigger(f"{KLANT}_{name}", KLANT, f"AFTER {event}", "STATEMENT", rows)


def _trigger(name: str, table: str, when: str, each: str, rows: str = "") -> Trigger:
    function = name if each == "ROW" else COUNTED
    return Trigger(
        name,
        table,
        f"CREATE TRIGGER {name} {when} ON {table}{rows} "
        f"FOR EACH {each} EXECUTE FUNCTION {function}()",
    )


def group_models(owner: type[models.Model]) -> list[type[Group]]:
    """The tables of all groups below ``owner``, each once."""
    found: list[type[Group]] = []
    for model in owned_groups(owner).values():
        found += [each for each in (model, *group_models(model)) if each not in found]
    return found


def _group_changed(model: type[Group]) -> str:
    kinds = {subject: kind.value for kind, subject in SUBJECTS.items()}
    check = CHECK_KIND.format(kind=kinds[model]) if model in kinds else ""
    return GROUP_CHANGED.format(
        check=check,
        mark=MARK_KLANT,
        old=_klant_of(model, "OLD"),
        new=_klant_of(model, "NEW"),
    )


def _klant_of(model: type[Group], row: str) -> str:
    """The key of the klant that a row belongs to, by one of its owners."""
    owners = [field for field in model._meta.concrete_fields if field.one_to_one]
    if [field.related_model for field in owners] == [Klant]:
        return f"{row}.{owners[0].column}"
    looks = []
    for field in owners:
        assert field.related_model is not None
        table = field.related_model._meta.db_table
        looks.append(f"""(
            SELECT klant_id FROM {table}
            WHERE id = {row}.{field.column})""")
    return f"coalesce({', '.join(looks)})"


def creating_functions() -> str:
    """The SQL that creates the functions, or replaces those that differ."""
    created = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $${body}$$\n"
        "LANGUAGE plpgsql;"
        for name, body in functions().items()
    ]
    names = ", ".join(f"'{name}'" for name in functions())
    return "\n\n".join([*created, PIN.replace("NAMES", names)])


PIN = """DO $$
DECLARE
    home name := (
        SELECT nspname FROM pg_namespace
        JOIN pg_class ON pg_namespace.oid = relnamespace
        WHERE pg_class.oid = 'klanten_plugin_klant'::regclass
    );
    function_name name;
BEGIN
    FOREACH function_name IN ARRAY ARRAY[NAMES]
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %I() SET search_path TO %I, pg_temp', function_name, home
        );
    END LOOP;
END $$;"""
"""Has the functions work in the schema of the tables, whatever a session's path is."""


def creating_trigger(trigger: Trigger) -> str:
    """The SQL that creates a trigger, or replaces and enables the one that is there."""
    replaced = trigger.definition.replace("CREATE ", "CREATE OR REPLACE ", 1)
    enabled = f"ALTER TABLE {trigger.table} ENABLE TRIGGER {trigger.name};"
    return f"{replaced};\n{enabled}"


def creating_index(name: str) -> str:
    """The SQL that creates an index of :data:`INDEXES`."""
    return f"CREATE INDEX {name} {INDEXES[name]};"


def creating_all() -> str:
    """The SQL that adds triggers and indexes to tables that have none."""
    return "\n\n".join(
        [
            creating_functions(),
            *(f"{trigger.definition};" for trigger in triggers()),
            *(creating_index(name) for name in INDEXES),
        ]
    )
