"""The subscriptions of a Notificaties API, and the messages that follow from them."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from testapp.peers.answers import Fault

TIMEOUT = 10
PAUSES = (1, 2, 4, 8, 16)
"""Seconds between the attempts to deliver a message."""

EXAMPLE = "https://example.com"


@dataclass
class Abonnement:
    """Who wants to hear what; a thread of its own, so that none waits for another."""

    url: str
    content: dict[str, Any]
    waiting: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        threading.Thread(target=self._work, daemon=True).start()

    def shown(self) -> dict[str, Any]:
        """As the API shows it: not its token."""
        kept = {name: self.content[name] for name in ("callbackUrl", "kanalen")}
        return {"url": self.url, **kept}

    def wants(self, message: dict[str, Any]) -> bool:
        """Whether it is of a kanaal of ours, and all its filters hold."""
        kenmerken = message.get("kenmerken", {})
        return any(
            kanaal["naam"] == message["kanaal"]
            and all(
                wanted in ("*", kenmerken.get(name))
                for name, wanted in (kanaal.get("filters") or {}).items()
            )
            for kanaal in self.content["kanalen"]
        )

    def _work(self) -> None:
        while True:
            message = self.waiting.get()
            if not self._deliver(message):
                words = (message["kanaal"], message["actie"], self.url)
                print("not delivered:", *words, flush=True)  # noqa: T201 - for people
            self.waiting.task_done()

    def _deliver(self, message: dict[str, Any]) -> bool:
        for pause in (0, *PAUSES):
            time.sleep(pause)
            status = send(self.content, message, self.content["auth"])
            # it can't become better by asking again
            if status is not None and 400 <= status < 500:
                return False
            if status is not None and status < 300:
                return True
        return False


class Abonnementen:
    """All of them, by the last part of their URL; forgotten when the API ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Abonnement] = {}

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [each.shown() for each in self._known.values()]

    def get(self, key: str) -> dict[str, Any] | None:
        with self._lock:
            found = self._known.get(key)
        return found and found.shown()

    def save(self, collection: str, key: str, content: dict[str, Any]) -> str:
        """Keep it under this key, a new one if it is empty; return the key."""
        key = key or str(uuid.uuid4())
        with self._lock:
            if known := self._known.get(key):
                known.content = content
            else:
                self._known[key] = Abonnement(f"{collection}/{key}", content)
        return key

    def remove(self, key: str) -> bool:
        with self._lock:
            return self._known.pop(key, None) is not None

    def pass_on(self, message: dict[str, Any]) -> None:
        """Deliver it to whoever wants it, later and elsewhere."""
        with self._lock:
            for each in self._known.values():
                if each.wants(message):
                    each.waiting.put(message)

    def faults_of(
        self, content: Any, key: str, kanalen: Collection[str]
    ) -> list[Fault]:
        """What is wrong with an abonnement; the callback is tried, as the real one does.

        It must take a message with its token, and refuse the same one without.
        """
        faults = _faults_of_form(content, kanalen)
        if faults:
            return faults
        with self._lock:
            others = [each for other, each in self._known.items() if other != key]
        if any(
            each.content["callbackUrl"] == content["callbackUrl"] for each in others
        ):
            return [Fault("callbackUrl", "unique", "Dit adres is al geabonneerd.")]
        return _faults_of_callback(content)


def _faults_of_callback(content: dict[str, Any]) -> list[Fault]:
    if send(content, _test_message(), content["auth"]) != 204:
        reason = "Het adres antwoordt niet met 204."
        return [Fault("nonFieldErrors", "invalid-callback-url", reason)]
    if send(content, _test_message(), "") != 403:
        reason = "Het adres neemt ook berichten zonder token aan."
        return [Fault("nonFieldErrors", "no-auth-on-callback-url", reason)]
    return []


def send(content: dict[str, Any], message: dict[str, Any], auth: str) -> int | None:
    """The status that the callback answers with, ``None`` if it doesn't answer."""
    headers = {"Authorization": auth} if auth else {}
    try:
        with requests.Session() as session:
            # no proxy of the environment, and no password of a .netrc
            session.trust_env = False
            answer = session.post(
                content["callbackUrl"],
                json=message,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            return answer.status_code
    except requests.RequestException:
        return None


def _faults_of_form(content: Any, kanalen: Collection[str]) -> list[Fault]:
    if not isinstance(content, dict):
        return [Fault("nonFieldErrors", "invalid", "Geen object.")]
    faults = [
        Fault(name, "required", "Dit veld is vereist.")
        for name in ("callbackUrl", "auth", "kanalen")
        if not content.get(name)
    ]
    return faults or _faults_of_values(content, kanalen)


def _faults_of_values(content: dict[str, Any], kanalen: Collection[str]) -> list[Fault]:
    parts, wanted = urlsplit(str(content["callbackUrl"])), content["kanalen"]
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return [Fault("callbackUrl", "invalid", "Geen URL.")]
    if not isinstance(wanted, list) or not all(
        isinstance(each, dict) for each in wanted
    ):
        return [Fault("kanalen", "not_a_list", "Geen lijst van objecten.")]
    if any(each.get("naam") not in kanalen for each in wanted):
        return [Fault("kanalen", "kanaal_naam", "Dit kanaal bestaat niet.")]
    return []


def _test_message() -> dict[str, Any]:
    return {
        "kanaal": "test",
        "hoofdObject": EXAMPLE,
        "resource": "test",
        "resourceUrl": EXAMPLE,
        "actie": "test",
        "aanmaakdatum": datetime.now(UTC).isoformat(),
        "kenmerken": {},
    }
