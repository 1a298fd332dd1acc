"""The hand-written queries of the floor."""

from __future__ import annotations

# Each group is a separate subquery, because planning a join of ten tables would take
# longer than reading them.
VERBLIJFSADRES = """
    (SELECT json_build_object(
        'aoaIdentificatie', aoa_identificatie,
        'wplWoonplaatsNaam', wpl_woonplaats_naam,
        'gorOpenbareRuimteNaam', gor_openbare_ruimte_naam,
        'aoaPostcode', aoa_postcode,
        'aoaHuisnummer', aoa_huisnummer,
        'aoaHuisletter', aoa_huisletter,
        'aoaHuisnummertoevoeging', aoa_huisnummertoevoeging,
        'inpLocatiebeschrijving', inp_locatiebeschrijving
    ) FROM klanten_plugin_verblijfsadres WHERE {} = s.id)
"""
BUITENLAND = """
    (SELECT json_build_object(
        'lndLandcode', lnd_landcode,
        'lndLandnaam', lnd_landnaam,
        'subAdresBuitenland1', sub_adres_buitenland_1,
        'subAdresBuitenland2', sub_adres_buitenland_2,
        'subAdresBuitenland3', sub_adres_buitenland_3
    ) FROM klanten_plugin_subverblijfbuitenland WHERE {} = s.id)
"""

KLANT = f"""
    json_build_object(
        'url', %s || '/' || k.uuid,
        'bronorganisatie', k.bronorganisatie,
        'klantnummer', k.klantnummer,
        'bedrijfsnaam', k.bedrijfsnaam,
        'functie', k.functie,
        'websiteUrl', k.website_url,
        'voornaam', k.voornaam,
        'voorvoegselAchternaam', k.voorvoegsel_achternaam,
        'achternaam', k.achternaam,
        'telefoonnummer', k.telefoonnummer,
        'emailadres', k.emailadres,
        'adres', (SELECT json_build_object(
            'straatnaam', straatnaam,
            'huisnummer', huisnummer,
            'huisletter', huisletter,
            'huisnummertoevoeging', huisnummertoevoeging,
            'postcode', postcode,
            'woonplaatsnaam', woonplaatsnaam,
            'landcode', landcode
        ) FROM klanten_plugin_klantadres WHERE klant_id = k.id),
        'subject', k.subject,
        'subjectType', k.subject_type,
        'subjectIdentificatie', CASE k.subject_type
        WHEN 'natuurlijk_persoon' THEN (SELECT json_build_object(
            'inpBsn', inp_bsn,
            'anpIdentificatie', anp_identificatie,
            'inpANummer', inp_a_nummer,
            'geslachtsnaam', geslachtsnaam,
            'voorvoegselGeslachtsnaam', voorvoegsel_geslachtsnaam,
            'voorletters', voorletters,
            'voornamen', voornamen,
            'geslachtsaanduiding', geslachtsaanduiding,
            'geboortedatum', geboortedatum,
            'subVerblijfBuitenland', {BUITENLAND.format("natuurlijk_persoon_id")},
            'verblijfsadres', {VERBLIJFSADRES.format("natuurlijk_persoon_id")}
        ) FROM klanten_plugin_natuurlijkpersoon s WHERE klant_id = k.id)
        WHEN 'niet_natuurlijk_persoon' THEN (SELECT json_build_object(
            'innNnpId', inn_nnp_id,
            'annIdentificatie', ann_identificatie,
            'statutaireNaam', statutaire_naam,
            'innRechtsvorm', inn_rechtsvorm,
            'bezoekadres', bezoekadres,
            'subVerblijfBuitenland', {BUITENLAND.format("niet_natuurlijk_persoon_id")}
        ) FROM klanten_plugin_nietnatuurlijkpersoon s WHERE klant_id = k.id)
        WHEN 'vestiging' THEN (SELECT json_build_object(
            'vestigingsNummer', vestigings_nummer,
            'handelsnaam', handelsnaam,
            'subVerblijfBuitenland', {BUITENLAND.format("vestiging_id")},
            'verblijfsadres', {VERBLIJFSADRES.format("vestiging_id")}
        ) FROM klanten_plugin_vestiging s WHERE klant_id = k.id) END
    )
"""  # noqa: S608 - of constants

DETAIL = f"""
    SELECT {KLANT}::text FROM klanten_plugin_klant k WHERE k.uuid = %s
"""  # noqa: S608 - of constants


def page(condition: str = "") -> str:
    """Return the first page with ``condition``, whose value is used twice."""
    # the table of the condition
    table = "k"
    source = "klanten_plugin_klant k"
    where = ""
    if condition:
        table, column = condition.split(".")
        where = f"WHERE {table}.{column} = %s"
        if table != "k":
            source = f"klanten_plugin_{TABLES[table]} {table}"
    key = "id" if table == "k" else "klant_id"
    return f"""
        SELECT json_build_object(
            'count', (SELECT count(*) FROM {source} {where}),
            'next', NULL, 'previous', NULL,
            'results', coalesce((
                SELECT json_agg({KLANT} ORDER BY k.id)
                FROM (
                    SELECT * FROM klanten_plugin_klant
                    WHERE id IN (
                        SELECT {table}.{key} FROM {source} {where} ORDER BY 1 LIMIT 100
                    )
                ) AS k
            ), '[]')
        )::text
    """  # noqa: S608 - of constants


TABLES = {
    "a": "klantadres",
    "p": "natuurlijkpersoon",
    "r": "nietnatuurlijkpersoon",
    "v": "vestiging",
}

FILTERS = {
    "bronorganisatie": "k.bronorganisatie",
    "klantnummer": "k.klantnummer",
    "bedrijfsnaam": "k.bedrijfsnaam",
    "functie": "k.functie",
    "achternaam": "k.achternaam",
    "telefoonnummer": "k.telefoonnummer",
    "emailadres": "k.emailadres",
    "adres__straatnaam": "a.straatnaam",
    "adres__postcode": "a.postcode",
    "adres__woonplaatsNaam": "a.woonplaatsnaam",
    "adres__landcode": "a.landcode",
    "subject": "k.subject",
    "subjectType": "k.subject_type",
    "subjectNatuurlijkPersoon__inpBsn": "p.inp_bsn",
    "subjectNatuurlijkPersoon__anpIdentificatie": "p.anp_identificatie",
    "subjectNatuurlijkPersoon__inpA_nummer": "p.inp_a_nummer",
    "subjectNietNatuurlijkPersoon__innNnpId": "r.inn_nnp_id",
    "subjectNietNatuurlijkPersoon__annIdentificatie": "r.ann_identificatie",
    "subjectVestiging__vestigingsNummer": "v.vestigings_nummer",
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

# a natuurlijk persoon with every group; the JSON is stored without validation
INSERT = """
    WITH sent AS (SELECT %s::json AS body),
    klant AS (
        INSERT INTO klanten_plugin_klant (
            uuid, bronorganisatie, klantnummer, bedrijfsnaam, functie, website_url,
            voornaam, voorvoegsel_achternaam, achternaam, telefoonnummer, emailadres,
            subject, subject_type, etag
        )
        SELECT gen_random_uuid(), body->>'bronorganisatie',
            (10000000 + random() * 89999999)::int::text, body->>'bedrijfsnaam',
            body->>'functie', body->>'websiteUrl', body->>'voornaam',
            body->>'voorvoegselAchternaam', body->>'achternaam',
            body->>'telefoonnummer', body->>'emailadres', body->>'subject',
            body->>'subjectType', ''
        FROM sent RETURNING id
    )
    SELECT body::text FROM sent, klant
"""
