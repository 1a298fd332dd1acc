"""What every test may use: applications with a token, and a client for each."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

import pytest
from vng_api_common.authorizations.models import AuthorizationsConfig

from tests.api_client import KLANTEN, ApiClient, make_application


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """What one test cached is none of the next one's business."""
    cache.clear()


@pytest.fixture
def multi_component(db: Any) -> None:
    """A host with several APIs: its own component is another than ``kc``."""
    config = AuthorizationsConfig.get_solo()
    config.component = "zrc"
    config.save()


@pytest.fixture
def api(multi_component: None) -> ApiClient:
    """A client with every scope of the API."""
    return make_application("all", *KLANTEN)
