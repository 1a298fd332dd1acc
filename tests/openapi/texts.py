"""The texts of the OpenAPI document, in Dutch like the document itself."""

from __future__ import annotations

from klanten_plugin.api.documents import NNP_ID

API_DESCRIPTION = """\
Een API om klanten te registreren, op te vragen, bij te werken en te verwijderen.

Een klant is een natuurlijk persoon, een niet-natuurlijk persoon of een vestiging. Het
gaat om gegevens zoals de klant ze zelf opgaf: ze zijn niet geverifieerd.

**Autorisatie**

Deze API vereist een JWT met de scope die bij de operatie staat, op component `kc`.

**Notificaties**

Deze API publiceert notificaties op het kanaal `klanten`, over de resource `klant`, bij
de acties `create`, `update` en `destroy`, met als kenmerk `subject_type`: het type van
het `subject`.
"""

TAG_DESCRIPTION = (
    "Een KLANT is een eenvoudige weergave van een NATUURLIJK PERSOON, een "
    "NIET-NATUURLIJK PERSOON of een VESTIGING, met gegevens die niet geverifieerd zijn. "
    "Is de klant dat wel, dan verwijst `subject` naar de bron, of identificeert "
    "`subjectIdentificatie` hem waar die bron geen API heeft."
)

URL = "URL-referentie naar dit object: de unieke identificatie en locatie ervan."

IF_NONE_MATCH = (
    "Eén of meer ETag-waarden die de consumer al heeft. Is de huidige daarbij, dan is "
    "het antwoord een lege HTTP 304."
)
ETAG = (
    "De ETag, berekend op de JSON-weergave van de resource zoals die op deze URL "
    "ontsloten wordt. Zolang hij gelijk blijft, is de weergave gelijk."
)
LOGRECORD_ID = (
    "Identificatie van het verzoek waarmee het door het netwerk te volgen is."
)
TOELICHTING = "Toelichting waarom het verzoek gedaan wordt."

PATH_PARAMETERS = {
    "klant_uuid": "Unieke identificatie van de klant (UUID4).",
    "uuid": "Unieke identificatie van de resource (UUID4).",
}

VALIDATED = "Er wordt gevalideerd op:"

BRONORGANISATIE = "geldigheid van de `bronorganisatie`: 9 cijfers, 11-proef"
BSN = "geldigheid van `subjectIdentificatie.inpBsn`: 9 cijfers, 11-proef"
A_NUMMER = (
    "geldigheid van `subjectIdentificatie.inpANummer`: 10 cijfers, de eerste geen 0"
)
UNIQUE = "uniciteit van `klantnummer` binnen de `bronorganisatie`"
SUBJECT_GIVEN = "aanwezigheid van `subject` of `subjectIdentificatie`"
SUBJECT_EXISTS = "geldigheid van `subject`: een GET geeft uiteindelijk HTTP 200"
SUBJECT_CHANGED = f"{SUBJECT_EXISTS} (als de waarde wijzigt)"
SUBJECT_TYPE = "aanwezigheid van `subjectType` bij een `subjectIdentificatie`"
SUBJECT_TYPE_CHANGED = "`subjectType` mag niet wijzigen als het eenmaal gezet is"

WRITE = (BRONORGANISATIE, BSN, A_NUMMER, NNP_ID, UNIQUE, SUBJECT_GIVEN)
"""What POST, PUT and PATCH validate."""

CHANGE = (*WRITE, SUBJECT_CHANGED, SUBJECT_TYPE, SUBJECT_TYPE_CHANGED)
"""What PUT and PATCH validate."""

FILTERS = (
    "geldigheid van `bronorganisatie`: 9 cijfers, 11-proef",
    "geldigheid van `subject`: een URL",
)

OPERATIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "klant_list": (
        "Alle KLANTen opvragen.",
        "De KLANTen die aan alle meegestuurde filters voldoen, de oudste eerst, 100 "
        "per pagina.",
        FILTERS,
    ),
    "klant_create": (
        "Maak een KLANT aan.",
        "Wordt er geen `klantnummer` meegestuurd, dan krijgt de KLANT een nummer dat "
        "uniek is binnen de `bronorganisatie`.",
        (*WRITE, SUBJECT_EXISTS, SUBJECT_TYPE),
    ),
    "klant_read": (
        "Een specifieke KLANT opvragen.",
        "De KLANT met de identificatie in het pad.",
        (),
    ),
    "klant_update": (
        "Werk een KLANT in zijn geheel bij.",
        "De verplichte velden moeten meegestuurd worden; wat er niet in staat, blijft "
        "zoals het is. `null` verwijdert een groep.",
        CHANGE,
    ),
    "klant_partial_update": (
        "Werk een KLANT deels bij.",
        "Wat er niet in staat, blijft zoals het is. `null` verwijdert een groep.",
        CHANGE,
    ),
    "klant_delete": (
        "Verwijder een KLANT.",
        "De KLANT wordt met zijn audit trail verwijderd.",
        (),
    ),
    "audittrail_list": (
        "Alle audit trail regels behorend bij de KLANT.",
        "De regels van de wijzigingen van precies deze KLANT, de oudste eerst.",
        (),
    ),
    "audittrail_read": (
        "Een specifieke audit trail regel opvragen.",
        "De regel met de identificatie in het pad.",
        (),
    ),
}
"""Per operation: its summary, its description, and the rules beyond the schema."""


COMPONENTS = {
    "Klant": "Een klant, met de gegevens zoals hij ze zelf opgaf.",
    "KlantAdres": "Het adres van de klant; kan ook in het buitenland zijn.",
    "NatuurlijkPersoon": "Wat een natuurlijk persoon identificeert.",
    "NietNatuurlijkPersoon": "Wat een niet-natuurlijk persoon identificeert.",
    "Vestiging": "Wat een vestiging identificeert.",
    "VerblijfsAdres": "Het adres waar het subject verblijft of gevestigd is.",
    "SubVerblijfBuitenland": "Het verblijf van het subject in het buitenland.",
    "AuditTrail": "Een regel van de audit trail.",
    "Wijzigingen": "De klant voor en na de wijziging.",
}
"""Descriptions of the components."""


def operation_texts(operation_id: str) -> tuple[str, str]:
    """Return the summary, and the description with the validated rules."""
    summary, description, rules = OPERATIONS[operation_id]
    if rules:
        lines = "\n".join(f"- {rule}" for rule in rules)
        description = f"{description}\n\n{VALIDATED}\n{lines}"
    return summary, description
