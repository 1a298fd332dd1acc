"""The subscriptions of a Notificaties API, and the delivery of their messages."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from testapp.peers.tokens import Body, Problem
from testapp.peers.wire import Background, post

PAUSES = (1, 2, 4, 8, 16)
"""Seconds between the attempts to deliver a message."""

EXAMPLE = "https://example.com"


class Abonnement:
    """A subscription with a separate thread, so that none waits for another."""

    def __init__(self, url: str, content: Body) -> None:
        self.url, self.content = url, content
        self.waiting = Background(self._deliver)

    def shown(self) -> Body:
        """Return what the API shows: everything except the token."""
        kept = {name: self.content[name] for name in ("callbackUrl", "kanalen")}
        return {"url": self.url, **kept}

    def wants(self, message: Body) -> bool:
        """Return whether one of its kanalen and all its filters match."""
        kenmerken = message.get("kenmerken", {})
        return any(
            kanaal["naam"] == message["kanaal"]
            and all(
                wanted in ("*", kenmerken.get(name))
                for name, wanted in (kanaal.get("filters") or {}).items()
            )
            for kanaal in self.content["kanalen"]
        )

    def _deliver(self, message: Body) -> None:
        for pause in (0, *PAUSES):
            time.sleep(pause)
            status = post(self.content["callbackUrl"], message, self.content["auth"])
            if isinstance(status, int) and status < 300:
                return
            # a retry wouldn't change a refusal
            if isinstance(status, int) and 400 <= status < 500:
                break
        words = (message["kanaal"], message["actie"], self.url)
        print("not delivered:", *words, flush=True)  # noqa: T201 - for people


class Abonnementen:
    """All subscriptions, by the last part of their URL. In memory only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Abonnement] = {}

    def all(self) -> list[Body]:
        with self._lock:
            return [each.shown() for each in self._known.values()]

    def get(self, key: str) -> Body:
        """Return the one with this key. Raises :class:`Problem`."""
        with self._lock:
            if key not in self._known:
                raise Problem(404, "not_found")
            return self._known[key].shown()

    def save(self, collection: str, key: str, content: Body) -> str:
        """Save it under this key, or a new key if that is empty, and return the key."""
        key = key or str(uuid.uuid4())
        with self._lock:
            if known := self._known.get(key):
                known.content = content
            else:
                self._known[key] = Abonnement(f"{collection}/{key}", content)
        return key

    def remove(self, key: str) -> None:
        """Remove the one with this key. Raises :class:`Problem`."""
        with self._lock:
            if self._known.pop(key, None) is None:
                raise Problem(404, "not_found")

    def pass_on(self, message: Body) -> None:
        """Deliver it to matching subscribers, in the background."""
        with self._lock:
            for each in self._known.values():
                if each.wants(message):
                    each.waiting.put(message)

    def check(self, content: Any, key: str, kanalen: Collection[str]) -> None:
        """Raise :class:`Problem` for a subscription that the real API also refuses.

        The callback must accept a message with its token, and refuse it without.
        """
        check_form(content, ("callbackUrl", "auth", "kanalen"))
        _check_values(content, kanalen)
        url, message = content["callbackUrl"], _test_message()
        with self._lock:
            others = [each for other, each in self._known.items() if other != key]
        if any(each.content["callbackUrl"] == url for each in others):
            raise Problem(400, "invalid", [("callbackUrl", "unique")])
        if post(url, message, content["auth"]) != 204:
            raise Problem(400, "invalid", [("nonFieldErrors", "invalid-callback-url")])
        if post(url, message, "") != 403:
            code = "no-auth-on-callback-url"
            raise Problem(400, "invalid", [("nonFieldErrors", code)])


def check_form(content: Any, required: tuple[str, ...]) -> None:
    """Raise :class:`Problem` unless it is an object with these fields."""
    if not isinstance(content, dict):
        raise Problem(400, "invalid", [("nonFieldErrors", "invalid")])
    if missing := [name for name in required if not content.get(name)]:
        raise Problem(400, "invalid", [(name, "required") for name in missing])


def _check_values(content: Body, kanalen: Collection[str]) -> None:
    parts, wanted = urlsplit(str(content["callbackUrl"])), content["kanalen"]
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Problem(400, "invalid", [("callbackUrl", "invalid")])
    if not isinstance(wanted, list) or not all(
        isinstance(each, dict) for each in wanted
    ):
        raise Problem(400, "invalid", [("kanalen", "not_a_list")])
    if any(each.get("naam") not in kanalen for each in wanted):
        raise Problem(400, "invalid", [("kanalen", "kanaal_naam")])


def _test_message() -> Body:
    names = ("kanaal", "resource", "actie")
    now = datetime.now(UTC).isoformat()
    urls = {"hoofdObject": EXAMPLE, "resourceUrl": EXAMPLE}
    return dict.fromkeys(names, "test") | urls | {"aanmaakdatum": now, "kenmerken": {}}
