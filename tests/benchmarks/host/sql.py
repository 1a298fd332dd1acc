"""The hand-written queries of the floor."""

from __future__ import annotations

VERBLIJFSADRES = """
    CASE WHEN {0}.id IS NOT NULL THEN json_build_object(
        'aoaIdentificatie', {0}.aoa_identificatie,
        'wplWoonplaatsNaam', {0}.wpl_woonplaats_naam,
        'gorOpenbareRuimteNaam', {0}.gor_openbare_ruimte_naam,
        'aoaPostcode', {0}.aoa_postcode,
        'aoaHuisnummer', {0}.aoa_huisnummer,
        'aoaHuisletter', {0}.aoa_huisletter,
        'aoaHuisnummertoevoeging', {0}.aoa_huisnummertoevoeging,
        'inpLocatiebeschrijving', {0}.inp_locatiebeschrijving
    ) END
"""
BUITENLAND = """
    CASE WHEN {0}.id IS NOT NULL THEN json_build_object(
        'lndLandcode', {0}.lnd_landcode,
        'lndLandnaam', {0}.lnd_landnaam,
        'subAdresBuitenland1', {0}.sub_adres_buitenland_1,
        'subAdresBuitenland2', {0}.sub_adres_buitenland_2,
        'subAdresBuitenland3', {0}.sub_adres_buitenland_3
    ) END
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
        'adres', CASE WHEN a.id IS NOT NULL THEN json_build_object(
            'straatnaam', a.straatnaam,
            'huisnummer', a.huisnummer,
            'huisletter', a.huisletter,
            'huisnummertoevoeging', a.huisnummertoevoeging,
            'postcode', a.postcode,
            'woonplaatsnaam', a.woonplaatsnaam,
            'landcode', a.landcode
        ) END,
        'subject', k.subject,
        'subjectType', k.subject_type,
        'subjectIdentificatie', CASE
        WHEN p.id IS NOT NULL THEN json_build_object(
            'inpBsn', p.inp_bsn,
            'anpIdentificatie', p.anp_identificatie,
            'inpANummer', p.inp_a_nummer,
            'geslachtsnaam', p.geslachtsnaam,
            'voorvoegselGeslachtsnaam', p.voorvoegsel_geslachtsnaam,
            'voorletters', p.voorletters,
            'voornamen', p.voornamen,
            'geslachtsaanduiding', p.geslachtsaanduiding,
            'geboortedatum', p.geboortedatum,
            'subVerblijfBuitenland', {BUITENLAND.format("pb")},
            'verblijfsadres', {VERBLIJFSADRES.format("pv")}
        )
        WHEN r.id IS NOT NULL THEN json_build_object(
            'innNnpId', r.inn_nnp_id,
            'annIdentificatie', r.ann_identificatie,
            'statutaireNaam', r.statutaire_naam,
            'innRechtsvorm', r.inn_rechtsvorm,
            'bezoekadres', r.bezoekadres,
            'subVerblijfBuitenland', {BUITENLAND.format("rb")}
        )
        WHEN v.id IS NOT NULL THEN json_build_object(
            'vestigingsNummer', v.vestigings_nummer,
            'handelsnaam', v.handelsnaam,
            'subVerblijfBuitenland', {BUITENLAND.format("vb")},
            'verblijfsadres', {VERBLIJFSADRES.format("vv")}
        ) END
    )
"""

GROUPS = """
    LEFT JOIN klanten_plugin_klantadres a ON a.klant_id = k.id
    LEFT JOIN klanten_plugin_natuurlijkpersoon p ON p.klant_id = k.id
    LEFT JOIN klanten_plugin_subverblijfbuitenland pb ON pb.natuurlijk_persoon_id = p.id
    LEFT JOIN klanten_plugin_verblijfsadres pv ON pv.natuurlijk_persoon_id = p.id
    LEFT JOIN klanten_plugin_nietnatuurlijkpersoon r ON r.klant_id = k.id
    LEFT JOIN klanten_plugin_subverblijfbuitenland rb
        ON rb.niet_natuurlijk_persoon_id = r.id
    LEFT JOIN klanten_plugin_vestiging v ON v.klant_id = k.id
    LEFT JOIN klanten_plugin_subverblijfbuitenland vb ON vb.vestiging_id = v.id
    LEFT JOIN klanten_plugin_verblijfsadres vv ON vv.vestiging_id = v.id
"""

DETAIL = f"""
    SELECT {KLANT}::text FROM klanten_plugin_klant k {GROUPS} WHERE k.uuid = %s
"""  # noqa: S608 - of constants


def page(condition: str = "") -> str:
    """The first page of what ``condition`` says; its value is asked for twice."""
    # which table the condition is about
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
                ) AS k {GROUPS}
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

# a natuurlijk persoon with every group; the JSON is stored without a look at it
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
