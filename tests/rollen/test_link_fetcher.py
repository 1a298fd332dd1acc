"""The function in docs/rollen.md for sources that check the klant of a relation."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

from django.apps import apps

import pytest
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from tests.api_client import SECRET, make_application

from .conftest import make_klant, url_of

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "rollen.md"

if not apps.is_installed("django.contrib.staticfiles"):
    pytest.skip("live_server reads STATIC_URL", allow_module_level=True)


def documented_function() -> Any:
    """Return ``fetch`` from the only code block that mentions LINK_FETCHER."""
    blocks = re.findall(r"( *)```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (code,) = (textwrap.dedent(text) for _, text in blocks if "LINK_FETCHER" in text)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102 - our own documentation
    return namespace["fetch"]


@pytest.mark.parametrize(("is_registered", "status"), [(True, 200), (False, 403)])
def test_documented_link_fetcher(
    live_server: Any, settings: Any, is_registered: bool, status: int
) -> None:
    settings.SITE_DOMAIN = live_server.url.removeprefix("http://")
    root = f"{live_server.url}/klanten/api/v1"
    make_application("owner", "klanten.lezen")
    if is_registered:
        Service.objects.create(
            slug="klanten",
            api_root=f"{root}/",
            api_type="orc",
            auth_type=AuthTypes.zgw,
            client_id="owner",
            secret=SECRET,
        )
    answer = documented_function()(url_of(make_klant(), root))
    assert answer.status_code == status
