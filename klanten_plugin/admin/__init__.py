"""The admin pages for functional administrators, which are registered on import."""

from . import (  # noqa: F401
    config,
    deletions,
    duplicates,
    nhr,
    outbox,
    rollen,
    status,
)
from .klanten import model_admin  # noqa: F401
