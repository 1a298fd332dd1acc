"""A trade register with faults, and as strict as KVK."""

from __future__ import annotations

import time

from testapp.peers import nhr
from testapp.peers.kept import KeptFile
from testapp.peers.nhr import Refused
from testapp.peers.nhr_register import Fout
from testapp.peers.wire import Request
from tests.peers.control import Controlled

PARAMETERS = {
    "/api/v2/zoeken": {
        *("kvkNummer", "rsin", "vestigingsnummer", "naam", "pagina"),
        "inclusiefInactieveRegistraties",
    },
    "/api/v1/abonnementen": {"vanaf", "tot", "pagina", "aantal"},
    "/api/v1/vestigingsprofielen": {"geoData"},
    "/api/v1/basisprofielen": {"geoData"},
}
"""KVK refuses any other value."""


class Nhr(Controlled, nhr.Nhr):
    """Responds at most ``rate`` times per second, and refuses unknown parameters."""

    def __init__(self, key: str, file: KeptFile | None = None) -> None:
        super().__init__(key, file)
        self.rate = 100
        self._moments: list[float] = []

    def check(self, request: Request) -> None:
        super().check(request)
        if self._are_too_many():
            raise Refused(429, "API rate limit exceeded", **{"Retry-After": "1"})
        for root, known in PARAMETERS.items():
            unknown = request.query.keys() - known
            if request.path.startswith(root) and unknown:
                raise Fout("IPD1999", ", ".join(sorted(unknown)))
        accepted = request.headers.get("Accept", "*/*")
        if not any(word in accepted for word in ("json", "*/*")):
            raise Refused(406, "Not Acceptable")

    def _are_too_many(self) -> bool:
        with self.lock:
            now = time.monotonic()
            self._moments = [each for each in self._moments if each > now - 1] + [now]
            return len(self._moments) > self.rate
