"""`python3 -m testapp peer verzoeken --port N`: a Verzoeken API 1.0.0-beta."""

from testapp.peers.relatie_store import Kind
from testapp.peers.relaties import main

VERZOEKEN = Kind(
    name="verzoeken",
    version="1.0.0-beta",
    parent="verzoek",
    parents="verzoeken",
    relation="klantverzoek",
    relations="klantverzoeken",
    choices={
        "rol": ("belanghebbende", "initiator", "mede_initiator"),
        "indicatieMachtiging": ("gemachtigde", "machtiginggever"),
    },
    required=("klant", "verzoek"),
    unique=("klant", "verzoek"),
    filters=("verzoek", "klant"),
    relation_is_told=True,
)

if __name__ == "__main__":
    main(VERZOEKEN)
