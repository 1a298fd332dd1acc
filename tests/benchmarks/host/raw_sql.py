"""The hand-written queries of a klant without Django."""

from __future__ import annotations

RIGHTS = """
    SELECT client.secret, autorisatie.scopes
    FROM vng_api_common_jwtsecret client
    JOIN authorizations_applicatie applicatie
        ON applicatie.client_ids @> ARRAY[client.identifier]::varchar[]
    JOIN authorizations_autorisatie autorisatie
        ON autorisatie.applicatie_id = applicatie.id AND autorisatie.component = 'kc'
    WHERE client.identifier = %s
"""

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
