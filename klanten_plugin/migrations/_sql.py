"""What the tables need and Django's models can't say.

The triggers hold for every writer: the API, workers, the admin, ``QuerySet.update`` and
a person with ``psql``. See ``domain/etags.py`` for what the marker is for.
"""

MARKER = "('!' || pg_current_xact_id()::text)"

KLANT_TRIGGER = f"""
CREATE FUNCTION klanten_plugin_klant_changed() RETURNS trigger AS $$
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
    ELSIF starts_with(OLD.etag, '!') AND starts_with(asked, OLD.etag || ':') THEN
        NEW.etag := substr(asked, length(OLD.etag) + 2);
    END IF;
    RETURN NEW;
END
$$ LANGUAGE plpgsql;

CREATE TRIGGER klanten_plugin_klant_changed
BEFORE INSERT OR UPDATE ON klanten_plugin_klant
FOR EACH ROW EXECUTE FUNCTION klanten_plugin_klant_changed();
"""

KLANT_TRIGGER_REVERSE = """
DROP TRIGGER klanten_plugin_klant_changed ON klanten_plugin_klant;
DROP FUNCTION klanten_plugin_klant_changed();
"""

# at most one update of the klant in a transaction, however many groups it changes
MARK_KLANT = f"""
    UPDATE klanten_plugin_klant AS klant
    SET etag = {MARKER}
    WHERE klant.etag IS DISTINCT FROM {MARKER} AND klant.id =
"""

SUBJECTS = {
    "natuurlijkpersoon": "natuurlijk_persoon",
    "nietnatuurlijkpersoon": "niet_natuurlijk_persoon",
    "vestiging": "vestiging",
}
"""Table of each kind of subject, and its ``subject_type``."""

GROUPS = {
    "klantadres": "",
    "verblijfsadres": "",
    "subverblijfbuitenland": "",
}
"""Tables of the other groups."""

KLANT_OF = {
    "verblijfsadres": """coalesce(
        (SELECT klant_id FROM klanten_plugin_natuurlijkpersoon
         WHERE id = {row}.natuurlijk_persoon_id),
        (SELECT klant_id FROM klanten_plugin_vestiging
         WHERE id = {row}.vestiging_id)
    )""",
    "subverblijfbuitenland": """coalesce(
        (SELECT klant_id FROM klanten_plugin_natuurlijkpersoon
         WHERE id = {row}.natuurlijk_persoon_id),
        (SELECT klant_id FROM klanten_plugin_nietnatuurlijkpersoon
         WHERE id = {row}.niet_natuurlijk_persoon_id),
        (SELECT klant_id FROM klanten_plugin_vestiging
         WHERE id = {row}.vestiging_id)
    )""",
}
"""The klant that a row of a table belongs to, where it isn't its ``klant_id``."""


def _check_kind(subject_type: str) -> str:
    """One subject per klant: of the kind that the klant says, and of no other."""
    if not subject_type:
        return ""
    return f"""
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM klanten_plugin_klant
        WHERE id = NEW.klant_id AND subject_type = '{subject_type}'
    ) THEN
        RAISE EXCEPTION 'klant % is not of type {subject_type}', NEW.klant_id
        USING ERRCODE = 'check_violation';
    END IF;
    """


def group_trigger(table: str, subject_type: str) -> tuple[str, str]:
    """The trigger that marks the klant of a changed group, and how to remove it."""
    name = f"klanten_plugin_{table}_changed"
    klant = KLANT_OF.get(table, "{row}.klant_id")
    forward = f"""
    CREATE FUNCTION {name}() RETURNS trigger AS $$
    BEGIN
        {_check_kind(subject_type)}
        IF TG_OP <> 'INSERT' THEN
            {MARK_KLANT} {klant.format(row="OLD")};
        END IF;
        IF TG_OP <> 'DELETE' THEN
            {MARK_KLANT} {klant.format(row="NEW")};
        END IF;
        RETURN NULL;
    END
    $$ LANGUAGE plpgsql;

    CREATE TRIGGER {name}
    AFTER INSERT OR UPDATE OR DELETE ON klanten_plugin_{table}
    FOR EACH ROW EXECUTE FUNCTION {name}();
    """
    reverse = f"""
    DROP TRIGGER {name} ON klanten_plugin_{table};
    DROP FUNCTION {name}();
    """
    return forward, reverse


# on the suite's own table, and only the lines of this API: finding those of one klant
# must not depend on how many there are
AUDIT_INDEX = """
CREATE INDEX klanten_audittrail_klant
ON audittrails_audittrail (right(hoofd_object, 36))
WHERE bron = 'kc';
"""

AUDIT_INDEX_REVERSE = "DROP INDEX klanten_audittrail_klant;"

# How many klanten there are, as the sum of all changes of that number: see
# domain/pages.py. Each statement adds a row, which nobody else waits for; now and then
# one of them makes one row of those that nobody else holds. Not within a snapshot that
# is older than the statement: what others made one row of would be an error there.
KLANT_COUNT = """
CREATE TABLE klanten_plugin_klantcount (change bigint NOT NULL);
INSERT INTO klanten_plugin_klantcount SELECT count(*) FROM klanten_plugin_klant;

CREATE FUNCTION klanten_plugin_klant_counted() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO klanten_plugin_klantcount SELECT count(*) FROM changed
        HAVING count(*) > 0;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO klanten_plugin_klantcount SELECT -count(*) FROM changed
        HAVING count(*) > 0;
    ELSE
        DELETE FROM klanten_plugin_klantcount;
    END IF;
    IF random() < 0.02 AND current_setting('transaction_isolation') = 'read committed'
    THEN
        WITH held AS MATERIALIZED (
            SELECT ctid FROM klanten_plugin_klantcount FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM klanten_plugin_klantcount
            WHERE ctid = ANY(ARRAY(SELECT ctid FROM held)) RETURNING change
        )
        INSERT INTO klanten_plugin_klantcount SELECT sum(change) FROM gone
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;

CREATE TRIGGER klanten_plugin_klant_inserted
AFTER INSERT ON klanten_plugin_klant REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION klanten_plugin_klant_counted();

CREATE TRIGGER klanten_plugin_klant_deleted
AFTER DELETE ON klanten_plugin_klant REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION klanten_plugin_klant_counted();

CREATE TRIGGER klanten_plugin_klant_truncated
AFTER TRUNCATE ON klanten_plugin_klant
FOR EACH STATEMENT EXECUTE FUNCTION klanten_plugin_klant_counted();
"""

KLANT_COUNT_REVERSE = """
DROP TRIGGER klanten_plugin_klant_inserted ON klanten_plugin_klant;
DROP TRIGGER klanten_plugin_klant_deleted ON klanten_plugin_klant;
DROP TRIGGER klanten_plugin_klant_truncated ON klanten_plugin_klant;
DROP FUNCTION klanten_plugin_klant_counted();
DROP TABLE klanten_plugin_klantcount;
"""

# for the search of the admin (domain/klanten/search.py): the beginning of a name in any case, and
# a telephone number however it is spelled. The indexes that the API's filters use can do
# neither. In the collation "C" a prefix is a range, whatever the database's own is.
NAMES = {
    "klanten_zoek_achternaam": ("klant", "upper(achternaam)"),
    "klanten_zoek_bedrijfsnaam": ("klant", "upper(bedrijfsnaam)"),
    "klanten_zoek_emailadres": ("klant", "upper(emailadres)"),
    "klanten_zoek_geslachtsnaam": ("natuurlijkpersoon", "upper(geslachtsnaam)"),
    "klanten_zoek_statutaire_naam": (
        "nietnatuurlijkpersoon",
        "upper(statutaire_naam)",
    ),
    "klanten_zoek_handelsnaam": ("vestiging", "upper((handelsnaam)[1])"),
}


def name_index(name: str, table: str, expression: str) -> tuple[str, str]:
    """The index of a name, and how to remove it."""
    return (
        f'CREATE INDEX {name} ON klanten_plugin_{table} ({expression} COLLATE "C");',
        f"DROP INDEX {name};",
    )


PHONE_INDEX = """
CREATE INDEX klanten_zoek_telefoonnummer ON klanten_plugin_klant
(right(regexp_replace(telefoonnummer, '[^0-9]', '', 'g'), 9))
WHERE telefoonnummer > '';
"""

PHONE_INDEX_REVERSE = "DROP INDEX klanten_zoek_telefoonnummer;"

STATEMENTS = [
    (KLANT_TRIGGER, KLANT_TRIGGER_REVERSE),
    *(group_trigger(*table) for table in (SUBJECTS | GROUPS).items()),
    (AUDIT_INDEX, AUDIT_INDEX_REVERSE),
    (KLANT_COUNT, KLANT_COUNT_REVERSE),
    *(name_index(name, *where) for name, where in NAMES.items()),
    (PHONE_INDEX, PHONE_INDEX_REVERSE),
]
"""Pairs of SQL, forward and reverse."""
