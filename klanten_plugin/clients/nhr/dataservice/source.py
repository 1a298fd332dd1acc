"""KVK Dataservice as a source, with one or two paid requests per number."""

from __future__ import annotations

from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

import structlog
from lxml.etree import _Element as Element
from zgw_consumers.models import Service

from ....constants import NhrSoort
from ....exceptions import PermanentRemoteError, TemporaryRemoteError
from ....models import KlantenConfig
from ....models.nhr import NhrNummer
from ..protocol import NOTHING, Answer
from .answers import NAME
from .certificates import credentials_of, expiries
from .elements import text_at
from .messages import Operation, Question
from .products import owner_of, read_inschrijving, read_vestiging
from .representative import FIELDS, read_representative
from .wire import ask

logger = structlog.stdlib.get_logger(__name__)

CONTACT = frozenset(
    {"bedrijfsnaam", "website_url", "telefoonnummer", "emailadres", "adres"}
)
NO_VESTIGING = "000000000000"

NO_KVK_NUMMER = gettext_lazy(
    "Het register noemt geen KVK-nummer om de functionarissen van te vragen."
)
NO_FUNCTIONARISSEN = gettext_lazy("De functionarissen waren nu niet op te vragen.")


class DataserviceSource:
    """Names, addresses, websites, telephone numbers and e-mail addresses.

    With ``KlantenConfig.nhr_vertegenwoordiger`` also the name and function of the
    representative.
    """

    name = NAME
    soorten = frozenset(NhrSoort)
    tells_shielding = True

    def __init__(self, service: Service) -> None:
        self.service = service
        self.with_representative = KlantenConfig.get_solo().nhr_vertegenwoordiger
        self.fields = CONTACT | (
            frozenset(FIELDS) if self.with_representative else frozenset()
        )

    def look_up(self, number: NhrNummer) -> Answer:
        """Look up a number; see :class:`..protocol.Source`."""
        if number.soort == NhrSoort.VESTIGING:
            return self._vestiging(number)
        return self._inschrijving(number)

    def probe(self) -> str:
        """Look up a vestiging that doesn't exist."""
        credentials_of(self.service)
        ask(self.service, _vestiging(NO_VESTIGING))
        ends = min((one.ends for one in expiries(self.service)), default=None)
        until = (
            _("; certificaten geldig tot {ends:%Y-%m-%d}").format(ends=ends)
            if ends
            else ""
        )
        return _(
            "een vraag naar een nummer dat niet bestaat is beantwoord{until}"
        ).format(until=until)

    def _vestiging(self, number: NhrNummer) -> Answer:
        product = ask(self.service, _vestiging(number.nummer))
        if product is None:
            return NOTHING
        _require_same(number.nummer, text_at(product, "vestigingsnummer"))
        answer = read_vestiging(product)
        if not self.with_representative or answer.closed:
            return answer
        return self._represented(answer, number)

    def _represented(self, answer: Answer, number: NhrNummer) -> Answer:
        """Add the representative. If that fails, the answer is kept without one."""
        kvk_nummer = answer.kvk_nummer or number.kvk_nummer
        if not kvk_nummer:
            return _remarked(answer, NO_KVK_NUMMER)
        question = Question(Operation.INSCHRIJVING, "kvkNummer", kvk_nummer)
        try:
            activiteit = ask(self.service, question)
        except (TemporaryRemoteError, PermanentRemoteError) as error:
            logger.warning("dataservice_without_functionarissen", reason=str(error))
            return _remarked(answer, NO_FUNCTIONARISSEN)
        if activiteit is None:
            return _remarked(answer, NO_FUNCTIONARISSEN)
        return _with_representative(answer, activiteit, number.nummer)

    def _inschrijving(self, number: NhrNummer) -> Answer:
        is_rsin = number.soort == NhrSoort.RECHTSPERSOON
        by = "rsin" if is_rsin else "kvkNummer"
        activiteit = ask(
            self.service, Question(Operation.INSCHRIJVING, by, number.nummer)
        )
        if activiteit is None:
            return NOTHING
        if is_rsin:
            _require_same(number.nummer, text_at(owner_of(activiteit), "rsin"))
        answer = read_inschrijving(activiteit)
        if not self.with_representative or answer.closed:
            return answer
        return _with_representative(answer, activiteit, "")


def _vestiging(nummer: str) -> Question:
    return Question(Operation.VESTIGING, "vestigingsnummer", nummer)


def _with_representative(answer: Answer, activiteit: Element, nummer: str) -> Answer:
    values, remarks = read_representative(activiteit, nummer)
    return replace(
        answer,
        values={**answer.values, **values},
        remarks=(*answer.remarks, *remarks),
    )


def _remarked(answer: Answer, reason: str | Promise) -> Answer:
    return replace(answer, remarks=(*answer.remarks, ("achternaam", str(reason))))


def _require_same(asked: str, answered: str) -> None:
    if answered and answered != asked:
        raise PermanentRemoteError(
            _("{name} antwoordde over een ander nummer.").format(name=NAME)
        )
