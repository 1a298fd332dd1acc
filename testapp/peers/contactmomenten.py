"""`python3 -m testapp peer contactmomenten --port N`: a Contactmomenten API 1.0.0.

See `relatie_server` for what it serves, and `relatie_faults` for what can go wrong.
"""

from testapp.peers.relatie_cli import main
from testapp.peers.relatie_kinds import CONTACTMOMENTEN

if __name__ == "__main__":
    main(CONTACTMOMENTEN)
