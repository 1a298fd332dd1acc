"""The hand-written queries of the floor.

Klanten are read with the statement of the API: one row for each klant, with every group
as a subquery. Building the JSON in PostgreSQL takes twice its time for a page.
"""

from __future__ import annotations

from functools import cache

from klanten_plugin.domain.klanten.reading import klant_statement
from tests.benchmarks.host.raw_sql import RIGHTS

__all__ = ["AUDIT_TRAIL", "DETAIL", "FILTERS", "INSERT", "PAGE", "RIGHTS", "filtered"]

READ = klant_statement()
OF_ALL = "FROM klanten_plugin_klant klant"

DETAIL = f"{READ} WHERE klant.uuid = %s"

COUNT = "(SELECT sum(change)::bigint FROM klanten_plugin_klantcount)"
FIRST = "(SELECT * FROM klanten_plugin_klant ORDER BY id LIMIT 100) klant"

PAGE = READ.replace(OF_ALL, f"FROM {FIRST}", 1).replace("SELECT", f"SELECT {COUNT},", 1)
"""The first page, with the number of klanten in front of each row."""


@cache
def filtered(condition: str) -> str:
    """Return the first page with ``condition``, with the number of hits in front."""
    table, column = condition.split(".")
    key = "id" if table == "klant" else "klant_id"
    matches = f"""
        (WITH hits AS MATERIALIZED (
            SELECT {key} AS hit FROM klanten_plugin_{table} WHERE {column} = %s
        )
        SELECT (SELECT count(*) FROM hits) AS hits, klant.*
        FROM klanten_plugin_klant klant
        WHERE id IN (SELECT hit FROM hits ORDER BY hit LIMIT 100)) klant
    """  # noqa: S608 - of constants
    statement = READ.replace(OF_ALL, f"FROM {matches}", 1)
    return statement.replace("SELECT", "SELECT klant.hits,", 1) + " ORDER BY klant.id"


FILTERS = {
    "bronorganisatie": "klant.bronorganisatie",
    "klantnummer": "klant.klantnummer",
    "bedrijfsnaam": "klant.bedrijfsnaam",
    "functie": "klant.functie",
    "achternaam": "klant.achternaam",
    "telefoonnummer": "klant.telefoonnummer",
    "emailadres": "klant.emailadres",
    "adres__straatnaam": "klantadres.straatnaam",
    "adres__postcode": "klantadres.postcode",
    "adres__woonplaatsNaam": "klantadres.woonplaatsnaam",
    "adres__landcode": "klantadres.landcode",
    "subject": "klant.subject",
    "subjectType": "klant.subject_type",
    "subjectNatuurlijkPersoon__inpBsn": "natuurlijkpersoon.inp_bsn",
    "subjectNatuurlijkPersoon__anpIdentificatie": "natuurlijkpersoon.anp_identificatie",
    "subjectNatuurlijkPersoon__inpA_nummer": "natuurlijkpersoon.inp_a_nummer",
    "subjectNietNatuurlijkPersoon__innNnpId": "nietnatuurlijkpersoon.inn_nnp_id",
    "subjectNietNatuurlijkPersoon__annIdentificatie": (
        "nietnatuurlijkpersoon.ann_identificatie"
    ),
    "subjectVestiging__vestigingsNummer": "vestiging.vestigings_nummer",
}

AUDIT_TRAIL = """
    SELECT coalesce(json_agg(json_build_object(
        'uuid', uuid, 'bron', bron, 'applicatieId', applicatie_id,
        'applicatieWeergave', applicatie_weergave, 'gebruikersId', gebruikers_id,
        'gebruikersWeergave', gebruikers_weergave, 'actie', actie,
        'actieWeergave', actie_weergave, 'resultaat', resultaat,
        'hoofdObject', hoofd_object, 'resource', resource, 'resourceUrl', resource_url,
        'toelichting', toelichting, 'resourceWeergave', resource_weergave,
        'aanmaakdatum', aanmaakdatum,
        'wijzigingen', json_build_object('oud', oud, 'nieuw', nieuw)
    ) ORDER BY id), '[]')::text
    FROM audittrails_audittrail
    WHERE right(hoofd_object, 36) = %s AND bron = 'kc'
"""

# A natuurlijk persoon with every group, its audit line and its row of the outbox, in one
# statement and so in one transaction. Nothing is validated.
INSERT = """
    WITH klant AS (
        INSERT INTO klanten_plugin_klant (
            uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url,
            voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
            subject, subject_type, etag
        ) VALUES (
            %(uuid)s, %(bronorganisatie)s, %(klantnummer)s, %(bedrijfsnaam)s,
            %(functie)s, %(websiteUrl)s, %(voornaam)s, %(voorvoegselAchternaam)s,
            %(achternaam)s, %(telefoonnummer)s, %(emailadres)s, %(subject)s,
            %(subjectType)s, ''
        ) RETURNING id
    ), adres AS (
        INSERT INTO klanten_plugin_klantadres (
            klant_id, straatnaam, huisnummer, huisletter, huisnummertoevoeging,
            postcode, woonplaatsnaam, landcode
        ) SELECT id, %(straatnaam)s, %(huisnummer)s, %(huisletter)s,
            %(huisnummertoevoeging)s, %(postcode)s, %(woonplaatsnaam)s, %(landcode)s
        FROM klant
    ), persoon AS (
        INSERT INTO klanten_plugin_natuurlijkpersoon (
            klant_id, inp_bsn, anp_identificatie, inp_a_nummer, geslachtsnaam,
            voorvoegsel_geslachtsnaam, voorletters, voornamen, geslachtsaanduiding,
            geboortedatum
        ) SELECT id, %(inpBsn)s, %(anpIdentificatie)s, %(inpANummer)s,
            %(geslachtsnaam)s, %(voorvoegselGeslachtsnaam)s, %(voorletters)s,
            %(voornamen)s, %(geslachtsaanduiding)s, %(geboortedatum)s
        FROM klant RETURNING id
    ), verblijfsadres AS (
        INSERT INTO klanten_plugin_verblijfsadres (
            natuurlijk_persoon_id, aoa_identificatie, wpl_woonplaats_naam,
            gor_openbare_ruimte_naam, aoa_postcode, aoa_huisnummer, aoa_huisletter,
            aoa_huisnummertoevoeging, inp_locatiebeschrijving
        ) SELECT id, %(aoaIdentificatie)s, %(wplWoonplaatsNaam)s,
            %(gorOpenbareRuimteNaam)s, %(aoaPostcode)s, %(aoaHuisnummer)s,
            %(aoaHuisletter)s, %(aoaHuisnummertoevoeging)s, %(inpLocatiebeschrijving)s
        FROM persoon
    ), buitenland AS (
        INSERT INTO klanten_plugin_subverblijfbuitenland (
            natuurlijk_persoon_id, lnd_landcode, lnd_landnaam, sub_adres_buitenland_1,
            sub_adres_buitenland_2, sub_adres_buitenland_3
        ) SELECT id, %(lndLandcode)s, %(lndLandnaam)s, %(subAdresBuitenland1)s,
            %(subAdresBuitenland2)s, %(subAdresBuitenland3)s
        FROM persoon
    ), line AS (
        INSERT INTO audittrails_audittrail (
            uuid, bron, actie, actie_weergave, resultaat, hoofd_object, resource,
            resource_url, aanmaakdatum, nieuw, applicatie_id, applicatie_weergave,
            gebruikers_id, gebruikers_weergave, toelichting, resource_weergave,
            logrecord_id
        ) VALUES (
            gen_random_uuid(), 'kc', 'create', 'Object aangemaakt', 201, %(url)s,
            'klant', %(url)s, now(), %(body)s, %(client_id)s, '', '', '', '',
            %(klantnummer)s, ''
        )
    )
    INSERT INTO klanten_plugin_outboxtask (
        kind, object_key, object_url, payload, ordered, state, attempts, last_error
    ) VALUES (
        'notification', %(uuid)s, %(url)s, %(message)s, true, 'waiting', 0, ''
    )
"""
