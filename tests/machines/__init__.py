"""A deployment on several machines, of real processes on loopback.

``python -m tests.machines`` runs it; see ``docs/machines.md``.
"""
