"""What goes wrong at this API, on demand?

``POST /_control/faults`` with ``{"mode": "html", "times": 3}``; without ``times`` until
another mode is set. ``{"mode": "random", "rate": 0.2, "seed": 1}`` mixes those that a
client must live with.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

MODES = (
    "none",
    "down",  # 500
    "busy",  # 503 with Retry-After: `seconds`
    "forbidden",  # 403, as after another secret
    "html",  # 200 with a page of a proxy
    "gone",  # 404 of a gateway, in HTML
    "not-allowed",  # 405 of a gateway, in HTML
    "redirect",  # 302 to the log-in page of a gateway
    "foreign",  # 404 of a gateway, in JSON of its own
    "empty",  # 200 with an empty list
    "reset",  # the connection is cut before an answer
    "half",  # the connection is cut in the middle of an answer
    "slow",  # the answer takes `seconds`
    "drip",  # it comes byte by byte, with `seconds` between two
    "next-elsewhere",  # `next` is on another host
    "next-self",  # `next` is the page itself
    "endless",  # every page is the first one, with a `next`
    "truncated",  # the list ends after a page
    "shuffle",  # the rows have another order for every page
    "random",
)
RANDOM_MODES = (
    "down",
    "html",
    "gone",
    "not-allowed",
    "redirect",
    "foreign",
    "reset",
    "half",
    "busy",
)


@dataclass
class Faults:
    """The mode of this moment; one of them is for requests, the same for all."""

    mode: str = "none"
    times: int | None = None
    rate: float = 0.2
    seconds: float = 1.0
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, wish: dict[str, object]) -> None:
        mode = str(wish.get("mode", "none"))
        if mode not in MODES:
            raise ValueError(mode)
        with self.lock:
            self.mode = mode
            times = wish.get("times")
            self.times = None if times is None else int(str(times))
            self.rate = float(str(wish.get("rate", 0.2)))
            self.seconds = float(str(wish.get("seconds", 1.0)))
            self.random.seed(str(wish.get("seed", "0")))

    def next(self) -> str:
        """The mode of the request that is being answered."""
        with self.lock:
            mode = self.mode
            if self.times is not None:
                self.times -= 1
                if self.times < 0:
                    self.mode = mode = "none"
            if mode != "random":
                return mode
            if self.random.random() > self.rate:
                return "none"
            return self.random.choice(RANDOM_MODES)
