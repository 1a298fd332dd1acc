"""`python3 -m testapp peer contactmomenten --port N`: a Contactmomenten API 1.0.0."""

from testapp.peers.relatie_store import Kind
from testapp.peers.relaties import main

CONTACTMOMENTEN = Kind(
    name="contactmomenten",
    version="1.0.0",
    parent="contactmoment",
    parents="contactmomenten",
    relation="klantcontactmoment",
    relations="klantcontactmomenten",
    choices={"rol": ("belanghebbende", "gesprekspartner")},
    required=("contactmoment", "klant", "rol"),
    unique=("contactmoment", "klant", "rol"),
    filters=("contactmoment", "klant", "rol"),
    relation_is_told=False,
)

if __name__ == "__main__":
    main(CONTACTMOMENTEN)
