"""`python3 -m testapp peer verzoeken --port N`: a Verzoeken API 1.0.0-beta.

See `relatie_server` for what it serves, and `relatie_faults` for what can go wrong.
"""

from testapp.peers.relatie_cli import main
from testapp.peers.relatie_kinds import VERZOEKEN

if __name__ == "__main__":
    main(VERZOEKEN)
