"""Fixtures for a real browser: the headless Chromium of the distribution.

Nothing is downloaded. ``CHROMIUM`` is the path of the browser; by default it is
searched for. Without Chromium or playwright these tests are skipped. ``tox -e browser``
installs playwright.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def find_chromium() -> str | None:
    """Return the path of the browser."""
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser."""
    reason = "playwright isn't installed: tox -e browser"
    sync_api = pytest.importorskip("playwright.sync_api", reason=reason)
    executable = find_chromium()
    if executable is None:
        pytest.skip(f"no Chromium: install one of {', '.join(NAMES)}, or set CHROMIUM")
    with (
        pytest.MonkeyPatch.context() as patch,
        sync_api.sync_playwright() as playwright,
    ):
        # it runs an event loop in this thread, which makes Django refuse synchronous
        # queries
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


class Tab:
    """A page of the browser that records errors."""

    def __init__(self, page: Any, root: str) -> None:
        self.page, self.root = page, root
        self.complaints: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._answered)

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning") and "favicon" not in str(
            message.location
        ):
            self.complaints.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and "favicon" not in response.url:
            self.complaints.append(f"{response.status} {response.url}")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.root}{path}")

    def sees(self, *texts: str) -> None:
        """Wait until all of these texts are visible on the page."""
        for text in texts:
            found = self.page.get_by_text(text, exact=False).locator("visible=true")
            found.first.wait_for()

    def press(self, name: str) -> None:
        """Click a button or a link, identified by its text."""
        role = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        role.or_(link).first.click()
        self.page.wait_for_load_state()


@pytest.fixture
def tab(
    chromium: Any,
    transactional_db: None,
    live_server: Any,
    settings: Any,
) -> Iterator[Tab]:
    """A page of a superuser with a session."""
    settings.MIDDLEWARE = ["tests.admin.browser.csp.StrictPolicy", *settings.MIDDLEWARE]
    user = get_user_model().objects.create_superuser("beheer", "b@example.nl")
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    context = chromium.new_context(
        viewport={"width": 1360, "height": 900}, locale="nl-NL"
    )
    context.set_default_timeout(15_000)
    context.add_cookies(
        [{"name": session.key, "value": session.value, "url": live_server.url}]
    )
    tab = Tab(context.new_page(), live_server.url)
    yield tab
    context.close()
    assert tab.complaints == []
