"""Triggers, and indexes on expressions, which Django's models can't declare.

These are the definitions for this version of the code, derived from the registries of
subjects and groups. Migrations don't import them: each has its own SQL in
``migrations/sql``, which is never edited afterwards. A test compares the result of all
migrations with these definitions; ``domain/database.py`` compares a database with them,
and repairs differences.

The triggers apply to every writer: the API, workers, the admin, ``QuerySet.update`` and
``psql``. ``domain/klanten/etags.py`` explains the marker. Every function has the schema
of its table as its ``search_path``, because tools such as ``pg_restore`` use an empty
one.
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

# at most one update of the klant per transaction, however many groups change
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
"""One subject per klant, of the kind of the klant."""

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
"""Compact the rows of the counter that no other transaction has locked."""

# Records each changed klant, once per transaction: a change of a group marks the klant.
# See domain/klanten/bitmaps.py. The number of klanten is the sum of all deltas: see
# domain/klanten/pages.py. Each statement inserts a row without locking others;
# occasionally one compacts the rows that aren't locked. Under REPEATABLE READ and
# SERIALIZABLE, rows that another transaction has compacted would raise an error, so
# there the hourly task compacts them.
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
"""SQL for a text without case and accents, with built-in functions of PostgreSQL.

Accents are removed from letters that Unicode can decompose; other letters are replaced.
It requires a database in UTF-8, as Django does. """

TRADE_NAMES = (1, 2, 3)
"""The positions of the trade names of a vestiging that can be searched."""

KLANT = "klanten_plugin_klant"
PERSON = "klanten_plugin_natuurlijkpersoon"
VERBLIJFSADRES = "klanten_plugin_verblijfsadres"


def _searched(table: str, *names: str, also: str = "") -> str:
    """Return an index on folded texts for prefix searches on the first one."""
    folded = [f'{FOLDED.format(value=name)} COLLATE "C"' for name in names]
    columns = ", ".join([*folded, *filter(None, [also])])
    return f"ON {table} ({columns}) WHERE {names[0]} > ''"


INDEXES = {
    # on the suite's table, for the lines of this API only: the cost of finding those of
    # one klant must not depend on their total number
    AUDIT_INDEX: "ON audittrails_audittrail (right(hoofd_object, 36)) WHERE bron = 'kc'",
    # for the search in the admin (domain/klanten/lookups.py): prefixes of names without
    # case and accents, and telephone numbers in any spelling, which the indexes of the
    # API's filters don't support. In the collation "C" a prefix is a range, whatever
    # the database's own collation. Rows without the value aren't indexed.
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
"""Indexes on expressions: by name, the rest of the ``CREATE INDEX`` statement."""


@dataclass(frozen=True)
class Trigger:
    """A trigger, with ``definition`` as ``pg_get_triggerdef`` shows it."""

    name: str
    table: str
    definition: str


COUNTED = "klanten_plugin_klant_counted"


def functions() -> dict[str, str]:
    """Return the body of each trigger function by name."""
    groups = {
        f"{model._meta.db_table}_changed": _group_changed(model)
        for model in group_models(Klant)
    }
    return {f"{KLANT}_changed": KLANT_CHANGED, **groups, COUNTED: KLANT_COUNTED}


def triggers() -> list[Trigger]:
    """Return all triggers. Those on a group have the name of their function."""
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
    """Return the models of all groups below ``owner``, without duplicates."""
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
    """Return SQL for the primary key of the klant that a row belongs to."""
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
    """Return the SQL that creates or replaces the functions."""
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
"""SQL that sets the ``search_path`` of the functions to the schema of the tables."""


def creating_trigger(trigger: Trigger) -> str:
    """Return the SQL that creates or replaces a trigger, and enables it."""
    replaced = trigger.definition.replace("CREATE ", "CREATE OR REPLACE ", 1)
    enabled = f"ALTER TABLE {trigger.table} ENABLE TRIGGER {trigger.name};"
    return f"{replaced};\n{enabled}"


def creating_index(name: str) -> str:
    """Return the SQL that creates an index of :data:`INDEXES`."""
    return f"CREATE INDEX {name} {INDEXES[name]};"
