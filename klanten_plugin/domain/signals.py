"""What other parts of the host can listen to."""

from django.dispatch import Signal

outbox_filled = Signal()
"""Something was added to the outbox, in a transaction that may still be open.

Sent with ``sender=OutboxTask`` and ``kind``, an :class:`OutboxKind`.
"""
