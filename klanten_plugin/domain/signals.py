"""What other parts of the host can listen to."""

from django.dispatch import Signal

outbox_filled = Signal()
"""Something was added to the outbox, in a transaction that may still be open.

Sent with ``sender=OutboxTask`` and ``kind``, an :class:`OutboxKind`.
"""

rol_changed = Signal()
"""A mirrored role appeared, changed or was retired.

Sent with ``sender=KlantRol``, ``rol``, the :class:`KlantRol` as it is now, and
``change``, a :class:`RolChange`; in the transaction that writes the role, so that what
a receiver writes is kept or lost together with it. Be quick there, and leave the rest
to ``transaction.on_commit``. An exception of a receiver is logged; its writes are undone.
"""
