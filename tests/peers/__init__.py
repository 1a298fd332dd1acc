"""The demo's stand-ins with faults, the habits of real servers, and control by tests.

``python -m tests.peers <name> --port N`` runs one; ``/_control/`` is in :mod:`.control`.
"""
