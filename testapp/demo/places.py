"""Which addresses could exist in the Netherlands, and which abroad?"""

from typing import NamedTuple


class Place(NamedTuple):
    """A town with the numbers that its postcodes lie between, and some streets."""

    name: str
    gemeentecode: str
    postcodes: tuple[int, int]
    streets: tuple[str, ...]


class Abroad(NamedTuple):
    """A country as the BRP knows it (landentabel), and one address in three lines."""

    landcode: str
    landnaam: str
    lines: tuple[str, str, str]


NEDERLAND = "6030"
"""The Netherlands in the landentabel of the BRP."""

EVERYWHERE = (
    "Dorpsstraat",
    "Kerkstraat",
    "Molenweg",
    "Schoolstraat",
    "Stationsweg",
    "Wilhelminastraat",
    "Julianalaan",
    "Beatrixstraat",
    "Lindelaan",
    "Kastanjelaan",
    "Meidoornstraat",
    "Eikenlaan",
    "Nieuwstraat",
    "Parallelweg",
    "Sportlaan",
    "Burgemeester van Tuyllaan",
)
"""Streets that nearly every town has."""

PLACES = (
    Place("Alkmaar", "0361", (1811, 1827), ("Langestraat", "Bergerweg")),
    Place("Almelo", "0141", (7601, 7611), ("Grotestraat", "Wierdensestraat")),
    Place("Almere", "0034", (1311, 1363), ("Grote Markt", "Sumatraweg")),
    Place("Alphen aan den Rijn", "0484", (2401, 2409), ("Raadhuisstraat",)),
    Place("Amersfoort", "0307", (3811, 3829), ("Utrechtseweg", "Langestraat")),
    Place("Amstelveen", "0362", (1181, 1188), ("Amsterdamseweg", "Keizer Karelweg")),
    Place("Amsterdam", "0363", (1011, 1098), ("Overtoom", "Ceintuurbaan", "Middenweg")),
    Place("Apeldoorn", "0200", (7311, 7336), ("Deventerstraat", "Loolaan")),
    Place("Arnhem", "0202", (6811, 6846), ("Velperweg", "Apeldoornseweg")),
    Place("Assen", "0106", (9401, 9408), ("Vaart Zuidzijde", "Groningerstraat")),
    Place("Bergen op Zoom", "0748", (4611, 4625), ("Antwerpsestraat",)),
    Place("Breda", "0758", (4811, 4839), ("Haagdijk", "Ginnekenweg")),
    Place("Delft", "0503", (2611, 2629), ("Oude Delft", "Voorstraat")),
    Place("Den Burg", "0448", (1791, 1791), ("Warmoesstraat", "Kogerstraat")),
    Place("Deventer", "0150", (7411, 7429), ("Brink", "Boxbergerweg")),
    Place("Doetinchem", "0222", (7001, 7009), ("Terborgseweg",)),
    Place("Dordrecht", "0505", (3311, 3329), ("Voorstraat", "Krispijnseweg")),
    Place("Ede", "0228", (6711, 6718), ("Grotestraat", "Amsterdamseweg")),
    Place("Eindhoven", "0772", (5611, 5658), ("Kruisstraat", "Boschdijk")),
    Place("Emmen", "0114", (7811, 7828), ("Hoofdstraat", "Weerdingerstraat")),
    Place("Enschede", "0153", (7511, 7548), ("Oldenzaalsestraat", "Hengelosestraat")),
    Place("Goes", "0664", (4461, 4465), ("Voorstad", "Lange Kerkstraat")),
    Place("Gouda", "0513", (2801, 2809), ("Kleiweg", "Karnemelksloot")),
    Place("Groningen", "0014", (9711, 9747), ("Folkingestraat", "Korreweg")),
    Place("Haarlem", "0392", (2011, 2037), ("Kleverparkweg", "Amsterdamsevaart")),
    Place("Harderwijk", "0243", (3841, 3849), ("Deventerweg", "Stationslaan")),
    Place("Heerlen", "0917", (6411, 6419), ("Akerstraat", "Heerlerbaan")),
    Place("Helmond", "0794", (5701, 5709), ("Mierloseweg",)),
    Place("Hilversum", "0402", (1211, 1223), ("Gijsbrecht van Amstelstraat",)),
    Place("Hoorn", "0405", (1621, 1628), ("Grote Noord", "Draafsingel")),
    Place("Kampen", "0166", (8261, 8267), ("Oudestraat", "Wilsumerweg")),
    Place("Leeuwarden", "0080", (8911, 8941), ("Schrans", "Harlingerstraatweg")),
    Place("Leiden", "0546", (2311, 2334), ("Haarlemmerstraat", "Hoge Rijndijk")),
    Place("Lelystad", "0995", (8221, 8245), ("Kempenaar", "Botter")),
    Place("Maastricht", "0935", (6211, 6229), ("Brusselsestraat", "Scharnerweg")),
    Place("Middelburg", "0687", (4331, 4337), ("Lange Delft", "Seissingel")),
    Place("Nijmegen", "0268", (6511, 6546), ("Graafseweg", "Hertogstraat")),
    Place("Oss", "0828", (5341, 5349), ("Heuvelstraat", "Berghemseweg")),
    Place("Roosendaal", "1674", (4701, 4709), ("Brugstraat",)),
    Place("Rotterdam", "0599", (3011, 3089), ("Nieuwe Binnenweg", "Beijerlandselaan")),
    Place(
        "'s-Gravenhage", "0518", (2511, 2597), ("Laan van Meerdervoort", "Weimarstraat")
    ),
    Place("'s-Hertogenbosch", "0796", (5211, 5237), ("Vughterstraat", "Orthenseweg")),
    Place("Sittard", "1883", (6131, 6137), ("Rijksweg Noord", "Putstraat")),
    Place("Tilburg", "0855", (5011, 5049), ("Korvelseweg", "Besterdring")),
    Place("Utrecht", "0344", (3511, 3585), ("Biltstraat", "Amsterdamsestraatweg")),
    Place("Venlo", "0983", (5911, 5928), ("Straelseweg", "Vleesstraat")),
    Place("Zaandam", "0479", (1501, 1509), ("Westzijde", "Gedempte Gracht")),
    Place("Zoetermeer", "0637", (2711, 2729), ("Delftsewallen",)),
    Place(
        "Zwolle", "0193", (8011, 8045), ("Assendorperstraat", "Thomas a Kempisstraat")
    ),
)

ABROAD = (
    Abroad("5010", "België", ("Mechelsesteenweg 112", "2018 Antwerpen", "")),
    Abroad("5010", "België", ("Rue de la Loi 28 bus 3", "1040 Brussel", "")),
    Abroad(
        "6029", "Duitsland", ("Hansaring 41", "48155 Münster", "Nordrhein-Westfalen")
    ),
    Abroad("6029", "Duitsland", ("Bahnhofstraße 7", "47533 Kleve", "")),
    Abroad("5002", "Frankrijk", ("18 rue des Lilas", "69003 Lyon", "")),
    Abroad("6037", "Spanje", ("Calle del Mar 25, 3º B", "03710 Calpe", "Alicante")),
    Abroad("7044", "Italië", ("Via Garibaldi 9", "53100 Siena", "")),
    Abroad("7028", "Polen", ("ul. Długa 14/6", "31-147 Kraków", "")),
    Abroad("6039", "Verenigd Koninkrijk", ("3 Orchard Lane", "Norwich NR1 9ZZ", "")),
    Abroad(
        "6014",
        "Verenigde Staten van Amerika",
        ("742 Elm Street", "Holland, MI 49423", ""),
    ),
)
