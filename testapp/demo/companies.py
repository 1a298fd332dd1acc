"""What are the companies and legal persons of the demo called?"""

from collections.abc import Mapping

from faker import Faker

from testapp.demo.people import last_name

_TRADES = (
    "Aannemersbedrijf",
    "Administratiekantoor",
    "Apotheek",
    "Autobedrijf",
    "Bakkerij",
    "Bloemenhuis",
    "Boekhandel",
    "Eetcafé",
    "Fietsenmaker",
    "Garage",
    "Hoveniersbedrijf",
    "Installatiebedrijf",
    "Kapsalon",
    "Loonbedrijf",
    "Rijwielhandel",
    "Schildersbedrijf",
    "Slagerij",
    "Transportbedrijf",
)

FUNCTIONS_IN_A_SHOP = ("Eigenaar", "Bedrijfsleider", "Administrateur", "Medewerker")
FUNCTIONS_ON_A_BOARD = ("Directeur", "Voorzitter", "Secretaris", "Penningmeester")

FOREIGN = "overige_buitenlandse_rechtspersoon_vennootschap"
"""The only kind of legal person here with its address abroad."""

STATUTAIRE_NAMEN: Mapping[str, tuple[str, ...]] = {
    "besloten_vennootschap": ("{trade} {last} B.V.", "{last} Beheer B.V."),
    "naamloze_vennootschap": ("{last} Holding N.V.",),
    "stichting": (
        "Stichting Welzijn {place}",
        "Stichting Vrienden van {place}",
        "Stichting Wijkcentrum {street}",
    ),
    "vereniging": ("Tennisvereniging {place}", "Buurtvereniging {street}"),
    "vereniging_van_eigenaars": ("Vereniging van Eigenaars {street} te {place}",),
    "onderlinge_waarborg_maatschappij": (
        "Onderlinge Waarborgmaatschappij {place} U.A.",
    ),
    "kerkelijke_organisatie": ("Protestantse Gemeente te {place}",),
    "vennootschap_onder_firma": ("{trade} {last} V.O.F.", "Gebroeders {last} V.O.F."),
    "maatschap": ("Maatschap {last} Notarissen",),
    FOREIGN: ("{last} International",),
    "publiekrechtelijke_rechtspersoon": ("Waterschap {place} en Omstreken",),
}
"""What a legal person may be called, by its rechtsvorm."""


def handelsnaam(fake: Faker) -> str:
    """Invent the name over a shop's door."""
    return f"{fake.random.choice(_TRADES)} {full_last_name(fake)}"


def statutaire_naam(fake: Faker, rechtsvorm: str, street: str, place: str) -> str:
    """Invent the name of a legal person of this kind, at this address."""
    return fake.random.choice(STATUTAIRE_NAMEN[rechtsvorm]).format(
        trade=fake.random.choice(_TRADES),
        last=full_last_name(fake),
        street=street,
        place=place,
    )


def full_last_name(fake: Faker) -> str:
    """A last name as it stands alone: its prefix with a capital."""
    name = " ".join(filter(None, last_name(fake)))
    return name[0].upper() + name[1:]
