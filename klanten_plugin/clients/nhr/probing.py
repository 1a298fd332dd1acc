"""Does a source answer? Asked such that it costs nothing."""

from __future__ import annotations

from ...constants import NhrSoort
from ...models.nhr import NhrNummer
from .haal_centraal import HaalCentraalSource
from .kvk import KvkSource
from .kvk_http import ask
from .protocol import Source

NO_VESTIGING = NhrNummer(NhrSoort.VESTIGING, "000000000000")
NO_RSIN = "000000000"

FREE_SEARCH = "een zoekvraag zonder kosten is beantwoord"
NO_SUCH_NUMBER = "een vraag naar een nummer dat niet bestaat is beantwoord"
NOT_ASKED = "niets gevraagd: wat een eigen klasse kost, is niet bekend"


def probe(source: Source) -> str:
    """What was asked of it. Raises a ``RemoteError`` where it didn't answer."""
    if isinstance(source, KvkSource):
        ask(source.service, "v2/zoeken", paid=False, params={"rsin": NO_RSIN})
        return FREE_SEARCH
    if isinstance(source, HaalCentraalSource):
        source.look_up(NO_VESTIGING)
        return NO_SUCH_NUMBER
    return NOT_ASKED
