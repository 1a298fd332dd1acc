"""Whether the worker must stop, known to all its child processes.

Celery tells only the main process of a worker about SIGTERM. Its children finish their
tasks, which would process rows for up to 20 s more and then exceed the time that a
supervisor allows.
"""

from __future__ import annotations

import mmap

flag = mmap.mmap(-1, 1)
"""A byte of memory that forked processes share."""


def request_stop() -> None:
    """Let all runs of this process and its children end after their current row."""
    flag[0] = 1


def is_stopping() -> bool:
    """Whether no further rows should be claimed."""
    return bool(flag[0])
