"""Every index has a documented reason, because it costs space and time."""

from __future__ import annotations

import re

from django.db import connection

import pytest

from klanten_plugin.models.triggers import INDEXES

KEY = "primary key"
OWNER = "groups of a klant are read by it, and there is one of each"
FILTER = "filter"
IN_ORDER = "filter; one value is that of very many, the first hundred come in order"
CASCADE = "found when what it refers to is deleted"

DJANGO = "none: made by Django for a key that is text, of short-lived rows"

MANY_TO_MANY = {
    "id": KEY,
    "klantenconfig_id": CASCADE,
    "service_id": CASCADE,
    "klantenconfig_id, service_id": "unique",
}

REASONS: dict[str, dict[str, str]] = {
    "klant": {
        "id": KEY,
        "uuid": "each URL",
        "bronorganisatie, klantnummer": "unique; a klantnummer is looked for in it",
        "bronorganisatie, id": IN_ORDER,
        "klantnummer": FILTER,
        "bedrijfsnaam": FILTER,
        "functie, id": IN_ORDER,
        "achternaam": FILTER,
        "telefoonnummer": FILTER,
        "emailadres": FILTER,
        "subject": FILTER,
        "subject_type, id": IN_ORDER,
    },
    "klantcount": {"id": "logical replication finds the rows that are deleted by it"},
    "changedklant": {"id": "as klantcount"},
    "sharedvalue": {"id": KEY},
    "klantbitmap": {
        "id": KEY,
        "value_id, block": "unique; the bitmaps of a value are read by it",
    },
    "klantadres": {
        "id": KEY,
        "klant_id": OWNER,
        "straatnaam": FILTER,
        "postcode": FILTER,
        "woonplaatsnaam, klant_id": IN_ORDER,
        "landcode, klant_id": IN_ORDER,
    },
    "natuurlijkpersoon": {
        "id": KEY,
        "klant_id": OWNER,
        "inp_bsn": FILTER,
        "anp_identificatie": FILTER,
        "inp_a_nummer": FILTER,
    },
    "nietnatuurlijkpersoon": {
        "id": KEY,
        "klant_id": OWNER,
        "inn_nnp_id": FILTER,
        "ann_identificatie": FILTER,
    },
    "vestiging": {"id": KEY, "klant_id": OWNER, "vestigings_nummer": FILTER},
    "verblijfsadres": {
        "id": KEY,
        "natuurlijk_persoon_id": OWNER,
        "vestiging_id": OWNER,
    },
    "subverblijfbuitenland": {
        "id": KEY,
        "natuurlijk_persoon_id": OWNER,
        "niet_natuurlijk_persoon_id": OWNER,
        "vestiging_id": OWNER,
    },
    "nhrstand": {
        "id": KEY,
        "klant_id": OWNER,
        "turn, due_at": "who is due is found by it, in order for each reason",
        "gone, klant_id": "list of the admin",
        "nummer, soort": "klanten with a number that the register was asked for",
        "kvk_nummer": "klanten of an enterprise that KVK signals",
        "uitkomst, klant_id": "filter of the admin",
    },
    "nhrverbruik": {"id": KEY, "maand": "unique"},
    "nhrsignalen": {
        "id": KEY,
        "abonnement": "unique",
        "abonnement varchar_pattern_ops": DJANGO,
    },
    "nhrbron": {"id": KEY, "config_id": CASCADE, "service_id": CASCADE},
    "klantrol": {
        "id": KEY,
        "url": "unique; relations are found by it",
        "klant_id": "roles of a klant",
        "klant_uuid": "roles of a klant that is gone",
        "bron_id": CASCADE,
        "bron_id, id": "a pass walks over the roles of a service",
        "betreft": "roles in a contactmoment or verzoek",
    },
    "rolbron": {"id": KEY, "service_id": CASCADE, "service_id, soort": "unique"},
    "ontvangenmelding": {
        "vingerafdruk": KEY,
        "vingerafdruk varchar_pattern_ops": DJANGO,
        "received_at": "old ones are forgotten by it",
    },
    "outboxtask": {
        "id": KEY,
        "kind, next_attempt_at, id": "what is due, in order",
        "kind, lease_until": "what a worker left",
        "kind, object_key": "one waiting and one running task of an object",
        "kind, object_key, id": "which task of an object is first",
        "object_key": "the tasks of a klant, in the admin",
        "state, settled_at": "what is done is removed by it; the numbers by state",
    },
    "otherrelatie": {
        "id": KEY,
        "bron_id, key": "unique; the count of a pass, and the removal with a bron",
    },
    "unknownroot": {
        "id": KEY,
        "bron_id, root": "unique; what a notification counts",
    },
    "deletion": {
        "id": KEY,
        "klant_uuid": "the deletion of a klant that somebody asks for",
        "deletion_list_id": CASCADE,
    },
    "deletionlist": {"id": KEY},
    "deletionitem": {
        "id": KEY,
        "deletion_list_id": CASCADE,
        "deletion_list_id, klant_uuid": "unique",
    },
    "possibleduplicate": {"id": KEY},
    "klantenconfig": {"id": KEY, "nhr_mutatieservice_id": CASCADE},
    "klantenconfig_contactmomenten_services": MANY_TO_MANY,
    "klantenconfig_verzoeken_services": MANY_TO_MANY,
    "klantenconfig_subject_services": MANY_TO_MANY,
}
"""Tables without their prefix, columns of an index, and its purpose."""

SEARCH = {name for name in INDEXES if name.startswith("klanten_zoek_")}
"""Names of the indexes for the search of the admin: see domain/klanten/lookups.py."""

DEFINED = """
    SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = current_schema() AND starts_with(tablename, 'klanten_plugin_')
"""


@pytest.mark.django_db
def test_every_index_has_a_reason() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DEFINED)
        rows = cursor.fetchall()

    found: dict[str, set[str]] = {}
    for table, index, definition in rows:
        if index in SEARCH:
            continue
        match = re.search(r" USING (?:btree|hash) \((.*?)\)(?: WHERE |$)", definition)
        assert match, definition
        name = table.removeprefix("klanten_plugin_")
        found.setdefault(name, set()).add(match[1])
    assert found == {table: set(reasons) for table, reasons in REASONS.items()}


@pytest.mark.django_db
def test_the_only_index_on_a_table_of_the_suite() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE starts_with(indexname, 'klanten_')"
            " AND NOT starts_with(tablename, 'klanten_plugin_')"
        )
        definitions = [definition for (definition,) in cursor.fetchall()]

    # the lines of a klant, without lines of other APIs
    assert len(definitions) == 1
    assert '"right"((hoofd_object)::text, 36)' in definitions[0]
    assert "WHERE ((bron)::text = 'kc'::text)" in definitions[0]
