"""The first page of the demo host, and its log of a refused request."""

from __future__ import annotations

import io
import logging
import re
from typing import Any

from django.apps import apps

import pytest
import structlog

if not apps.is_installed("testapp"):
    pytest.skip("a host without the demo", allow_module_level=True)


@pytest.mark.django_db
def test_it_leads_to_the_admin_the_api_and_its_document(client: Any) -> None:
    page = client.get("/").content.decode()

    answers = {url: client.get(url) for url in re.findall(r'href="([^"]+)"', page)}

    assert {url: answer.status_code for url, answer in answers.items()} == {
        "/admin/": 302,
        "/klanten/api/v1/klanten": 403,
        "/klanten/api/v1/schema/": 200,
    }


@pytest.fixture
def console() -> Any:
    """Capture the output of the host's console handler."""
    stream = io.StringIO()
    handlers = [
        each
        for each in logging.getLogger().handlers
        if isinstance(each, logging.StreamHandler) and each.name == "console"
    ]
    (handler,) = handlers
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.mark.django_db
def test_a_refused_request_is_no_error_in_the_log(client: Any, console: Any) -> None:
    client.get("/klanten/api/v1/klanten")
    assert console.getvalue() == ""

    structlog.stdlib.get_logger("vng_api_common.exception_handling").error(
        "api.uncaught_exception"
    )
    assert "api.uncaught_exception" in console.getvalue()
