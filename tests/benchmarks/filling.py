"""Fill a database with any number of klanten, distributed like those of a municipality.

80 % natuurlijk, 15 % vestiging, 5 % niet-natuurlijk. Every field and group is filled.
Names, places and postcodes are skewed as in reality. In addition each filter has a
value of exactly one klant, and a value that 5 % share: 50,000 of a million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice

from django.db import connection

SLICE = 50_000
ORGANISATION = "123456782"
"""The ``bronorganisatie`` of most klanten."""

TABLES = (
    "klanten_plugin_klant",
    "klanten_plugin_klantadres",
    "klanten_plugin_natuurlijkpersoon",
    "klanten_plugin_nietnatuurlijkpersoon",
    "klanten_plugin_vestiging",
    "klanten_plugin_verblijfsadres",
    "klanten_plugin_subverblijfbuitenland",
    "audittrails_audittrail",
)
AUDIT_TABLE = TABLES[-1]

# the cube of a random number: the first of a list are far more frequent than the last
SKEW = "power(((n * 2654435761) %% 4294967296) / 4294967296.0, 3)"


# independent of the other values
BRON = """(%(brons)s::text[])[1 + floor(cardinality(%(brons)s::text[])
    * power(((n * 1597334677) %% 4294967296) / 4294967296.0, 3))]"""


def pick(which: str, one: str, many: str, other: str) -> str:
    """Return SQL for the value of a filter.

    The arguments are the values of the one klant, of 5 %, and of the others.
    """
    return (
        f"CASE {which} WHEN 'one' THEN '{one}' WHEN 'many' THEN '{many}'"
        f" ELSE {other} END"
    )


KLANTEN = f"""
    INSERT INTO klanten_plugin_klant (
        id, uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url,
        voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
        subject, subject_type, etag
    )
    SELECT n, md5('klant' || n)::uuid,
        {pick("own", "000000012", "111222333", BRON)},
        lpad(n::text, 8, '0'),
        {pick("own", "Een BV", "Veel BV", "'Bedrijf ' || floor(skew * 200000)")},
        {pick("own", "Enige", "Veelvoorkomend", "'Functie ' || floor(skew * 50)")},
        'https://www.example.nl/klanten/' || n,
        'Voornaam' || floor(skew * 3000), 'van der',
        {pick("own", "Eenling", "Jansen", "'Achternaam' || floor(skew * 100000)")},
        {pick("own", "+31201111111", "+31202222222", "'+316' || lpad(n::text, 8, '0')")},
        {pick("own", "een@example.nl", "veel@example.nl", "'k' || n || '@example.nl'")},
        {pick("own", "https://example.nl/s/een", "https://example.nl/s/veel", "''")},
        kind, md5('etag' || n)
    FROM (
        SELECT n, {SKEW} AS skew,
            CASE WHEN n %% 20 = 0 THEN 'niet_natuurlijk_persoon'
                 WHEN n %% 20 IN (1, 2, 3) THEN 'vestiging'
                 ELSE 'natuurlijk_persoon' END AS kind,
            CASE WHEN n = %(size)s - 9 THEN 'one' WHEN n %% 20 = 7 THEN 'many'
                 ELSE '' END AS own
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
    ) AS numbers
"""  # noqa: S608 - of constants

# the rows of a slice, with the columns that the other tables need
SOURCE = f"""
    FROM (
        SELECT id AS n, uuid, subject_type AS kind, {SKEW.replace("n", "id")} AS skew,
            CASE WHEN id = %(size)s - 9 THEN 'one' WHEN id %% 20 = 7 THEN 'many'
                 ELSE '' END AS own,
            CASE WHEN id IN (%(size)s, %(size)s - 9, %(size)s - 17) THEN 'one'
                 WHEN id %% 20 IN (0, 2, 7) THEN 'many' ELSE '' END AS special
        FROM klanten_plugin_klant WHERE id BETWEEN %(first)s AND %(last)s
    ) AS klant
"""  # noqa: S608 - of constants

ADRESSEN = f"""
    INSERT INTO klanten_plugin_klantadres (
        klant_id, straatnaam, huisnummer, huisletter, huisnummertoevoeging, postcode,
        woonplaatsnaam, landcode
    )
    SELECT n, {pick("own", "Eenstraat", "Dorpsstraat", "'Straat ' || floor(skew * 5000)")},
        n %% 300, 'A', '2hg',
        {pick("own", "9999ZZ", "1111AA", "(1000 + floor(skew * 8000)) || 'BC'")},
        {pick("own", "Eenum", "Veelhuizen", "'Plaats ' || floor(skew * 300)")},
        {pick("own", "9999", "5010", "'6030'")}
    {SOURCE}
"""

PERSONEN = f"""
    INSERT INTO klanten_plugin_natuurlijkpersoon (
        klant_id, inp_bsn, anp_identificatie, inp_a_nummer, geslachtsnaam,
        voorvoegsel_geslachtsnaam, voorletters, voornamen, geslachtsaanduiding,
        geboortedatum
    )
    SELECT n, {pick("special", "999999011", "111222333", "lpad(n::text, 9, '0')")},
        {pick("special", "Anp-1", "Anp-2", "'anp-' || n")},
        {pick("special", "9000000001", "9000000002", "(1000000000 + n)::text")},
        'Achternaam' || floor(skew * 100000), 'van der', 'Z.M.', 'Zoë Maria',
        CASE WHEN n %% 2 = 0 THEN 'v' ELSE 'm' END,
        to_char(date '1930-01-01' + (n %% 32000)::int, 'YYYYMMDD')
    {SOURCE} WHERE kind = 'natuurlijk_persoon'
"""

RECHTSPERSONEN = f"""
    INSERT INTO klanten_plugin_nietnatuurlijkpersoon (
        klant_id, inn_nnp_id, ann_identificatie, statutaire_naam, inn_rechtsvorm,
        bezoekadres
    )
    SELECT n, {pick("special", "123456782", "111222333", "lpad(n::text, 9, '0')")},
        {pick("special", "Ann-1", "Ann-2", "'ann-' || n")},
        'Stichting ' || n, 'stichting', 'Coolsingel ' || n || ', Rotterdam'
    {SOURCE} WHERE kind = 'niet_natuurlijk_persoon'
"""

VESTIGINGEN = f"""
    INSERT INTO klanten_plugin_vestiging (klant_id, vestigings_nummer, handelsnaam)
    SELECT n, {pick("special", "990000000001", "990000000002", "lpad(n::text, 12, '0')")},
        ARRAY['De Bakker ' || n, 'Bakkerij De Bakker']
    {SOURCE} WHERE kind = 'vestiging'
"""


def _of_subject(table: str, owner: str) -> tuple[str, str]:
    """Return the nested groups of one type of subject."""
    source = (
        f"FROM klanten_plugin_{table} AS subject"
        " WHERE klant_id BETWEEN %(first)s AND %(last)s"
    )
    verblijfsadressen = f"""
        INSERT INTO klanten_plugin_verblijfsadres (
            {owner}, aoa_identificatie, wpl_woonplaats_naam, gor_openbare_ruimte_naam,
            aoa_postcode, aoa_huisnummer, aoa_huisletter, aoa_huisnummertoevoeging,
            inp_locatiebeschrijving
        )
        SELECT id, '0363010000758545', 'Utrecht', 'Oudegracht', '3511AB', 12, 'z', 'bis',
            'Boot naast de brug'
        {source}
    """
    buitenland = f"""
        INSERT INTO klanten_plugin_subverblijfbuitenland (
            {owner}, lnd_landcode, lnd_landnaam, sub_adres_buitenland_1,
            sub_adres_buitenland_2, sub_adres_buitenland_3
        )
        SELECT id, '5010', 'België', 'Kerkstraat 1', '2000 Antwerpen', 'Vlaanderen'
        {source}
    """
    return verblijfsadressen, buitenland


AUDIT_LINES = """
    INSERT INTO audittrails_audittrail (
        uuid, bron, applicatie_id, applicatie_weergave, gebruikers_id,
        gebruikers_weergave, actie, actie_weergave, resultaat, hoofd_object, resource,
        resource_url, toelichting, resource_weergave, aanmaakdatum, oud, nieuw,
        logrecord_id
    )
    SELECT gen_random_uuid(), 'kc', 'app', 'App', 'jdoe', 'J. Doe', 'create',
        'Object aangemaakt', 201, url, 'klant', url, '', 'klant', now(), NULL,
        jsonb_build_object('url', url, 'klantnummer', klantnummer), ''
    FROM (
        SELECT klantnummer,
            'http://127.0.0.1/klanten/api/v1/klanten/' || uuid AS url
        FROM klanten_plugin_klant WHERE id BETWEEN %(first)s AND %(last)s
    ) AS klant
"""

STATEMENTS = (
    KLANTEN,
    ADRESSEN,
    PERSONEN,
    RECHTSPERSONEN,
    VESTIGINGEN,
    *_of_subject("natuurlijkpersoon", "natuurlijk_persoon_id"),
    _of_subject("nietnatuurlijkpersoon", "niet_natuurlijk_persoon_id")[1],
    *_of_subject("vestiging", "vestiging_id"),
    AUDIT_LINES,
)


def fill(size: int, *, organisations: int = 1, processes: int = 1) -> None:
    """Insert ``size`` klanten, a multiple of 20, in the empty tables.

    The klanten have ``organisations`` different values of ``bronorganisatie``, the
    first of them far more often than the last. The role must be a superuser.
    """
    brons = [ORGANISATION, *islice(_rsins(), organisations - 1)]
    slices = [
        {
            "first": first,
            "last": min(first + SLICE - 1, size),
            "size": size,
            "brons": brons,
        }
        for first in range(1, size + 1, SLICE)
    ]
    with _without_secondary_indexes(processes):
        _run_parallel(_fill_slice, slices, processes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('klanten_plugin_klant', 'id'), %s)",
            [size],
        )
        cursor.execute(COUNTER, [size])
        cursor.execute("VACUUM ANALYZE")


COUNTER = "INSERT INTO klanten_plugin_klantcount (change) VALUES (%s)"
"""Done by a trigger that is off during the fill."""


def _rsins() -> Iterator[str]:
    """Yield RSINs that satisfy the 11-proef."""
    for number in range(20_000_000, 90_000_000, 7):
        digits = f"{number:08}"
        check = sum((9 - at) * int(digit) for at, digit in enumerate(digits)) % 11
        if check < 10:
            yield f"{digits}{check}"


def _run_parallel(
    function: Callable[..., None], parameters: Iterable[object], processes: int
) -> None:
    """Call the function with each, by threads with a database connection each."""

    def call(each: object) -> None:
        function(each)
        if processes > 1:
            connection.close()

    if processes == 1:
        for each in parameters:
            call(each)
        return
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(call, parameters))


def _fill_slice(parameters: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        # no triggers: foreign keys hold by construction, and ETags are afterwards
        cursor.execute("SET session_replication_role = replica")
        for statement in STATEMENTS:
            cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")


INDEXES = """
    SELECT indexrelid::regclass::text, indrelid::regclass::text, conname,
        pg_get_indexdef(indexrelid), pg_get_constraintdef(pg_constraint.oid)
    FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid AND contype = 'u'
    WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
        -- a unique klant_id is needed to find the subject of a klant
        AND (NOT indisunique OR conrelid IN (%s::regclass, %s::regclass))
"""


@contextmanager
def _without_secondary_indexes(processes: int) -> Iterator[None]:
    """Create indexes afterwards, which is far faster in bulk."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [list(TABLES), TABLES[0], AUDIT_TABLE])
        indexes = cursor.fetchall()
        for index, table, constraint, _definition, _constraint in indexes:
            if constraint:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
            else:
                cursor.execute(f"DROP INDEX {index}")
    yield
    _run_parallel(_create_index, indexes, processes)


def _create_index(index: tuple[str, ...]) -> None:
    _name, table, constraint, definition, constrained = index
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '2GB'")
        if constraint:
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {constrained}"
            )
        else:
            cursor.execute(definition)
