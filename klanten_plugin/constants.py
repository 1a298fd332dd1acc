"""The enumerations of the standard, spelled as the official document spells them."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

API_VERSION = "1.0.0"
"""Version of the Klanten API that is served, in the ``API-version`` header."""

LANGUAGE = "nl"
"""Language of responses and of the OpenAPI document, independent of the host's."""

NOTIFICATIONS_APP = "notifications_api_common"
"""The optional app of the suite that configures notifications."""

UUID_PATTERN = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
    re.IGNORECASE | re.ASCII,
)
"""A UUID in a URL: in any case, with or without hyphens.

``UUID()`` would also accept braces, and hyphens anywhere.
"""


SCOPES = (
    "klanten.lezen",
    "klanten.aanmaken",
    "klanten.bijwerken",
    "klanten.verwijderen",
    "audittrails.lezen",
)
"""The scopes of the API, on component ``kc``."""


class KlantType(models.TextChoices):
    """Kinds of subject (``Klant.subjectType``)."""

    NATUURLIJK_PERSOON = "natuurlijk_persoon", "Natuurlijk persoon"
    NIET_NATUURLIJK_PERSOON = "niet_natuurlijk_persoon", "Niet-natuurlijk persoon"
    VESTIGING = "vestiging", "Vestiging"


class GeslachtsAanduiding(models.TextChoices):
    """Values of ``NatuurlijkPersoon.geslachtsaanduiding``."""

    MAN = "m", "Man"
    VROUW = "v", "Vrouw"
    ONBEKEND = "o", "Onbekend"


class SoortRechtsvorm(models.TextChoices):
    """Values of ``NietNatuurlijkPersoon.innRechtsvorm``.

    Spelling errors (``venootschap``) are those of the official document. Django derives
    the labels that are left out from the names.
    """

    BESLOTEN_VENNOOTSCHAP = "besloten_vennootschap"
    COOPERATIE_EUROPEES_ECONOMISCHE_SAMENWERKING = (
        "cooperatie_europees_economische_samenwerking",
        "Coöperatie, Europees Economische Samenwerking",
    )
    EUROPESE_COOPERATIEVE_VENOOTSCHAP = (
        "europese_cooperatieve_venootschap",
        "Europese Coöperatieve Vennootschap",
    )
    EUROPESE_NAAMLOZE_VENNOOTSCHAP = "europese_naamloze_vennootschap"
    KERKELIJKE_ORGANISATIE = "kerkelijke_organisatie"
    NAAMLOZE_VENNOOTSCHAP = "naamloze_vennootschap"
    ONDERLINGE_WAARBORG_MAATSCHAPPIJ = "onderlinge_waarborg_maatschappij"
    OVERIG_PRIVAATRECHTELIJKE_RECHTSPERSOON = (
        "overig_privaatrechtelijke_rechtspersoon",
        "Overig privaatrechtelijke rechtspersoon",
    )
    STICHTING = "stichting"
    VERENIGING = "vereniging"
    VERENIGING_VAN_EIGENAARS = "vereniging_van_eigenaars", "Vereniging van Eigenaars"
    PUBLIEKRECHTELIJKE_RECHTSPERSOON = "publiekrechtelijke_rechtspersoon"
    VENNOOTSCHAP_ONDER_FIRMA = "vennootschap_onder_firma", "Vennootschap onder Firma"
    MAATSCHAP = "maatschap"
    REDERIJ = "rederij"
    COMMANDITAIRE_VENNOOTSCHAP = (
        "commanditaire_vennootschap",
        "Commanditaire vennootschap",
    )
    KAPITAALVENNOOTSCHAP_BINNEN_EER = (
        "kapitaalvennootschap_binnen_eer",
        "Kapitaalvennootschap binnen EER",
    )
    OVERIGE_BUITENLANDSE_RECHTSPERSOON_VENNOOTSCHAP = (
        "overige_buitenlandse_rechtspersoon_vennootschap",
        "Overige buitenlandse rechtspersoon vennootschap",
    )
    KAPITAALVENNOOTSCHAP_BUITEN_EER = (
        "kapitaalvennootschap_buiten_eer",
        "Kapitaalvennootschap buiten EER",
    )


class OutboxKind(models.TextChoices):
    """Kinds of rows in the outbox, each with its own handler."""

    NOTIFICATION = "notification", _("Notificatie")
    ROL_BRON = "rol_bron", _("Rollen van een service afstemmen")
    ROL_KLANT = "rol_klant", _("Rollen van een klant ophalen")
    ROL_CONTROLE = "rol_controle", _("Rollen nagaan")
    ROL_LOSGELATEN = "rol_losgelaten", _("Rollen van een verwijderde klant")
    ROL_VERWIJDEREN = "rol_verwijderen", _("Rollen verwijderen bij een service")
    ROL_ADRESSEN = "rol_adressen", _("Relaties opnieuw herkennen")
    NHR_OVERNAME = "nhr_overname", _("Overname uit het NHR")
    NHR_VERVERSING = "nhr_verversing", _("Verversing uit het NHR")
    NHR_SIGNALEN = "nhr_signalen", _("Signalen van het NHR")
    VERWIJDERLIJST = "verwijderlijst", _("Verwijderlijst uitvoeren")


class OutboxState(models.TextChoices):
    """States of a row in the outbox."""

    WAITING = "waiting", _("Wacht")
    RUNNING = "running", _("Loopt")
    DONE = "done", _("Klaar")
    GIVEN_UP = "given_up", _("Opgegeven")


OPEN_STATES = (OutboxState.WAITING, OutboxState.RUNNING)
"""States of rows that aren't settled yet."""

ORDERED_KINDS = frozenset({OutboxKind.NOTIFICATION})
"""Kinds whose rows are processed in order, one at a time per object.

The other kinds have at most one waiting row per object: queueing is idempotent. """


class RolSoort(models.TextChoices):
    """Kinds of API that hold relations of klanten; also the names of their kanalen."""

    CONTACTMOMENTEN = "contactmomenten", "Contactmomenten"
    VERZOEKEN = "verzoeken", "Verzoeken"


class Rol(models.TextChoices):
    """The roles of the two standards. A service can return others."""

    BELANGHEBBENDE = "belanghebbende", "Belanghebbende"
    GESPREKSPARTNER = "gesprekspartner", "Gesprekspartner"
    INITIATOR = "initiator", "Initiator"
    MEDE_INITIATOR = "mede_initiator", "Mede-initiator"


ROLLEN: dict[RolSoort, tuple[Rol, ...]] = {
    RolSoort.CONTACTMOMENTEN: (Rol.BELANGHEBBENDE, Rol.GESPREKSPARTNER),
    RolSoort.VERZOEKEN: (Rol.BELANGHEBBENDE, Rol.INITIATOR, Rol.MEDE_INITIATOR),
}
"""The roles of each kind of API."""


class IndicatieMachtiging(models.TextChoices):
    """Values of ``KlantVerzoek.indicatieMachtiging``."""

    GEMACHTIGDE = "gemachtigde", "Gemachtigde"
    MACHTIGINGGEVER = "machtiginggever", "Machtiginggever"


class RollenBeleid(models.TextChoices):
    """Policies for the relations of a deleted klant."""

    KEEP = "keep", _("Laat ze bij hun eigenaar")
    REMOVE = "remove", _("Verwijder ze bij de service")


class RolChange(models.TextChoices):
    """Changes of a mirrored role, as sent with the signal ``rol_changed``."""

    APPEARED = "appeared", _("Verschenen")
    CHANGED = "changed", _("Gewijzigd")
    RETIRED = "retired", _("Vervallen")


class DeletionGround(models.TextChoices):
    """Grounds for a deletion in the register of deletions."""

    AVG = "avg", _("AVG-verzoek van de betrokkene")
    SELECTIELIJST = "selectielijst", _("Selectielijst: de bewaartermijn is om")
    MISTAKE = "mistake", _("Vergissing: had niet gemaakt moeten worden")
    DUPLICATE = "duplicate", _("Dubbel: samengebracht met een andere klant")
    API = "api", _("Via de API")


class DeletionListState(models.TextChoices):
    """States of a list of deletions."""

    DRAFT = "draft", _("Wacht op bevestiging door een ander")
    CONFIRMED = "confirmed", _("Bevestigd")
    CALLED_OFF = "called_off", _("Afgeblazen")
    DONE = "done", _("Uitgevoerd")


class DeletionItemState(models.TextChoices):
    """States of a klant on a list of deletions."""

    WAITING = "waiting", _("Wacht")
    DELETED = "deleted", _("Verwijderd")
    GONE = "gone", _("Was er al niet meer")
    REFUSED = "refused", _("Geweigerd: iets van de host verwijst ernaar")


class DuplicateKind(models.TextChoices):
    """Values that make klanten possible duplicates if they share them."""

    BSN = "bsn", _("hetzelfde BSN")
    VESTIGING = "vestiging", _("hetzelfde vestigingsnummer")
    RSIN = "rsin", _("hetzelfde RSIN")
    EMAIL = "email", _("hetzelfde e-mailadres")


class NhrSoort(models.TextChoices):
    """Kinds of numbers by which the register identifies a subject."""

    VESTIGING = "vestiging", _("Vestigingsnummer")
    RECHTSPERSOON = "rechtspersoon", _("RSIN")
    ONDERNEMING = "onderneming", _("KVK-nummer")


class NhrTurn(models.IntegerChoices):
    """Reasons why a klant is due for a refresh. Lower values go first.

    Look-ups for a consumer or an administrator have a separate kind of row in the
    outbox (``OutboxKind.NHR_OVERNAME``), and precede all of these.
    """

    SIGNALLED = 0, _("KVK signaleerde een wijziging")
    NEW = 1, _("Nog niet opgevraagd")
    REFRESH = 2, _("De termijn is om")


class DataserviceSignature(models.TextChoices):
    """Values of ``KLANTEN_NHR_DATASERVICE_SIGNATURE``."""

    VERIFY = "verify"
    REQUIRE = "require"
    IGNORE = "ignore"


class NhrOutcome(models.TextChoices):
    """Outcomes of the last look-up of a klant in the register."""

    NIEUW = "nieuw", _("Nog niet opgevraagd")
    ACTUEEL = "actueel", _("Actueel")
    DEELS = "deels", _("Deels: een bron antwoordde niet")
    STORING = "storing", _("Geen bron antwoordt")
    UITGESCHREVEN = "uitgeschreven", _("Uitgeschreven")
    ONBEKEND = "onbekend", _("Niet leverbaar")
    FOUT = "fout", _("Fout")
    GEEN_NUMMER = "geen_nummer", _("Nummer niet op te zoeken")


CONTACT_FIELDS = (
    "bedrijfsnaam",
    "website_url",
    "telefoonnummer",
    "emailadres",
    "adres",
    "voornaam",
    "voorvoegsel_achternaam",
    "achternaam",
    "functie",
)
"""Fields of a klant that may be taken over from the NHR; ``adres`` is one unit."""
