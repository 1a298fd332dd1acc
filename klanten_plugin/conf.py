"""The settings ``KLANTEN_*``: name, type, default, meaning.

They are read from the host's Django settings at every use, never at import, so that
``override_settings`` and late configuration work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from django.conf import settings as django_settings

PREFIX = "KLANTEN_"

T = TypeVar("T")


@dataclass
class Setting(Generic[T]):
    """One setting of the host, with the default where the host doesn't have it."""

    default: T
    help: str
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = PREFIX + name

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Setting[T] | T:
        if instance is None:
            return self
        value: T = getattr(django_settings, self.name, self.default)
        return value


class KlantenSettings:
    """Every setting of the plugin; the host sets it as ``KLANTEN_<name>``."""

    MAX_BODY_BYTES = Setting(
        1024 * 1024,
        "Largest request body that is read, in bytes. A larger one is answered 413.",
    )
    KLANTNUMMER_RANGE = Setting(
        (10_000_000, 99_999_999),
        "First and last klantnummer that is given to a klant that is created without "
        "one, of at most 8 digits (kla-001). Narrow it where other systems give "
        "numbers in the same bronorganisatie.",
    )
    WEBSITE_URL_REQUIRED = Setting(
        True,  # noqa: FBT003 - a setting's value
        "Whether a klant must have a websiteUrl. The standard says so; off, the API also "
        "takes klanten of consumers that never send one, such as KISS, and its OpenAPI "
        "document says that it does.",
    )
    TOKEN_QUERY = Setting(
        True,  # noqa: FBT003 - a setting's value
        "Whether a token is checked with one query. Off, the suite's own check is asked "
        "each time, which takes three or more; the verdict is the same.",
    )
    KVK_NUMMER_AS_NNP_ID = Setting(
        False,  # noqa: FBT003 - a setting's value
        "Whether innNnpId may also be a KVK-nummer (8 digits), which is what KISS and "
        "Open Inwoner send there. The standard means a RSIN (9 digits, 11-proef). On, "
        "the OpenAPI document that is served says so.",
    )
    REPLICA = Setting(
        "",
        "Alias in `DATABASES` of a replica that klanten are read from in GET and HEAD "
        "requests, with `klanten_plugin.contrib.replica`. Empty: no replica.",
    )
    SUBJECT_HOSTS = Setting(
        "public",
        "Which hosts are asked whether a subject exists (kla-002): `public` - those of "
        "the Services that the administrator named for subjects, and public addresses; "
        "`services` - those of these Services alone; `all` - also loopback, link-local "
        "and private addresses, which lets consumers look into the operator's network.",
    )
    SUBJECT_TIMEOUT = Setting(
        5.0,
        "Seconds that a request waits for a subject in all, redirects included.",
    )
    SUBJECT_REST = Setting(
        60.0,
        "Seconds that a host name isn't asked for a subject again after it let a request "
        "wait until the time limit.",
    )
    SUBJECT_CHECKS = Setting(
        4,
        "Subjects that a process asks for at once at most; fewer than its threads, so "
        "that reads go on.",
    )
    OUTBOX_LEASE = Setting(
        120.0,
        "Seconds after which a row that a worker took is taken up again: the worker "
        "must have died. Longer than any call to a remote system lasts.",
    )
    OUTBOX_MAX_AGE = Setting(
        7 * 24 * 3600.0,
        "Seconds after which a row that keeps failing is given up, and waits for an "
        "administrator.",
    )
    OUTBOX_KEEP_DAYS = Setting(
        30,
        "Days that rows that are done are kept. Rows that were given up stay.",
    )
    DELETION_DAYS = Setting(
        7.0,
        "Days between the confirmation of a list of deletions and its execution, in "
        "which it can still be called off.",
    )
    ACCESS_REPORT_PURPOSE = Setting(
        "",
        "Text for citizens in the overview of an inzageverzoek: for what purposes, on "
        "what legal grounds, the organisation keeps klanten. Empty: the overview says "
        "that it must be added.",
    )
    ACCESS_REPORT_RETENTION = Setting(
        "",
        "Text for citizens in the same overview: how long the organisation keeps "
        "klanten. Empty: the overview says that nothing is removed by itself.",
    )
    CALLBACK_MAX_AGE = Setting(
        7 * 24 * 3600.0,
        "Seconds after its aanmaakdatum that a notification is still taken; as long it "
        "is remembered, so that nobody can send it a second time.",
    )
    ROLLEN_LOOK_SECONDS = Setting(
        60.0,
        "Seconds between two looks at an owner of roles: at the number of its relations "
        "and the end of its list, with two requests as a rule. It finds the changes that "
        "no notification tells of, and that the owner doesn't answer.",
    )
    HINT_TIMEOUT = Setting(
        0.4,
        "Seconds that a request waits at most for the broker. A message that doesn't "
        "get there in time is found again by beat.",
    )
    NHR_INTERVAL_DAYS = Setting(
        180.0,
        "Days after which the contact data of a klant are asked for again, where there "
        "is no Mutatieservice. No value becomes older, unless the budget is too small.",
    )
    NHR_UNSIGNALLED_INTERVAL_DAYS = Setting(
        365.0,
        "The same where there is a Mutatieservice: names and addresses are asked for "
        "when KVK signals a change, and after a year; this is for what it doesn't "
        "signal, such as websites. More than 365 counts as 365.",
    )
    NHR_JITTER = Setting(
        0.05,
        "Part of the interval by which it is shorter at most, by chance, so that "
        "klanten that came in together don't come back together.",
    )
    NHR_REQUESTS_PER_SECOND = Setting(
        100,
        "Requests to KVK in any second at most, over all workers. KVK's contract says "
        "100.",
    )
    NHR_MONTHLY_BUDGET = Setting(
        300_000,
        "Paid requests to KVK in a calendar month at most, over all workers. KVK's "
        "contract says 300,000; a lower number is a limit to the bill. Raising it "
        "releases what waits.",
    )
    NHR_NEW_SHARE = Setting(
        0.2,
        "Part of the monthly budget that is kept for new klanten and for what consumers "
        "and administrators ask; the refresh gets the rest, spread over the month.",
    )
    NHR_FREE_LIMIT = Setting(
        300_000,
        "Free requests to KVK (Zoeken, Mutatieservice) in a calendar month at most, over "
        "all workers.",
    )
    NHR_LIMITER_URL = Setting(
        "",
        "Where the workers count their requests of this second, as `limits` writes it, "
        "such as redis://host:6379/0. Empty: the broker of Celery, if that is Redis.",
    )
    NHR_QUEUE_LIMIT = Setting(
        10_000,
        "Numbers that a look at what is due puts in the outbox at most.",
    )
    NHR_EMPTY_ABSENT = Setting(
        True,  # noqa: FBT003 - a setting's value
        "Whether a value that the register gave is emptied when its source can deliver "
        "it and says nothing of it any more. Otherwise it stays, and is marked.",
    )
    NHR_EMPTY_ENDED = Setting(
        False,  # noqa: FBT003 - a setting's value
        "The same for all that the register gave of a company or establishment that has "
        "ended, or isn't in the register any more.",
    )
    NHR_REMOVE_SHIELDED = Setting(
        False,  # noqa: FBT003 - a setting's value
        "Whether an address that the register gave earlier is removed when it is "
        "shielded now. Otherwise it stays, with a remark in the admin.",
    )
    NHR_DATASERVICE_ADDRESS = Setting(
        "",
        "KVK Dataservice: the logical address in its messages (`wsa:To`), as KVK gave it. "
        "Empty: http://es.kvk.nl/KvK-Dataservice/2015/02, or that of pre-production "
        "(`KvK-DataservicePP`) where the host of the service says `preprod`.",
    )
    NHR_DATASERVICE_REFERENCE = Setting(
        "klanten-api",
        "KVK Dataservice: the `klantreferentie` in its messages, at most 50 characters. "
        "KVK shows it on the bill.",
    )
    NHR_DATASERVICE_SIGNATURE = Setting(
        "verify",
        "KVK Dataservice: what is asked of the signature of an answer. `verify` - one "
        "that is there must be right; `require` - it must be there; `ignore` - it isn't "
        "looked at, and TLS alone says who answered.",
    )
    NHR_DATASERVICE_CERTIFICATES = Setting(
        "",
        "KVK Dataservice: a PEM file with the certificates that answers may be signed "
        "with, or that may have issued those. Empty: any certificate in the answer "
        "itself, so that the signature says only that nothing was changed.",
    )
    PUBLIC_URL = Setting(
        "",
        "Address under which the world knows this host, without the path of the API, such "
        "as `https://zgw.example.nl` or `https://zgw.example.nl/openzaak`. In everything "
        "that is written: `url`, `Location`, types of errors, ETags, notifications, the "
        "callback and the audit trail. Empty: the address of the request, and in commands "
        "and workers that of `SITE_DOMAIN` and `IS_HTTPS`. In Open Zaak with "
        "`OPENZAAK_REWRITE_HOST` it is made of `OPENZAAK_DOMAIN`.",
    )
    MOUNT = Setting(
        "",
        "Path where the API mounts itself, such as `klanten/api/`, in a host that is "
        "configured by its environment alone; the environment variable of this name "
        "does the same. Empty: the host's URLs have it.",
    )
    HOST_URLCONF = Setting(
        "",
        "The host's own ROOT_URLCONF, where the API mounted itself. Set by the code "
        "that does so.",
    )
    NHR_NO_WEBSITE = Setting(
        ("https://onbekend.invalid",),
        "What consumers send as websiteUrl, which the standard requires, for a klant "
        "whose website they don't know. It counts as empty: the NHR may replace it.",
    )


settings = KlantenSettings()


def host_is_https() -> bool:
    """Whether the suite is reached over https: its own setting ``IS_HTTPS``."""
    return bool(getattr(django_settings, "IS_HTTPS", True))


def host_is_debugging() -> bool:
    """Django's own setting ``DEBUG``."""
    return bool(django_settings.DEBUG)


def time_leeway() -> float:
    """Seconds that clocks may differ: the suite's own setting ``TIME_LEEWAY``."""
    return float(getattr(django_settings, "TIME_LEEWAY", 0))


LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def host_names() -> frozenset[str]:
    """The names of this host, in lower case: ``ALLOWED_HOSTS`` without patterns.

    Nor those of the loopback interface, which mean another host to everyone else.
    """
    names = {str(name).lower() for name in django_settings.ALLOWED_HOSTS}
    return frozenset(
        name for name in names - LOOPBACK if name[:1] not in ("", ".", "*")
    )


def notifications_are_disabled() -> bool:
    """The suite's setting ``NOTIFICATIONS_DISABLED``."""
    return bool(getattr(django_settings, "NOTIFICATIONS_DISABLED", False))


def notifications_are_guaranteed() -> bool:
    """The suite's setting ``NOTIFICATIONS_GUARANTEE_DELIVERY``."""
    return bool(getattr(django_settings, "NOTIFICATIONS_GUARANTEE_DELIVERY", True))


def notifications_source() -> str:
    """The suite's setting ``NOTIFICATIONS_SOURCE``: who we are in a message."""
    return str(getattr(django_settings, "NOTIFICATIONS_SOURCE", "") or "")


def limiter_url() -> str:
    """Where requests are counted; "" where the host has nothing that can."""
    if settings.NHR_LIMITER_URL:
        return settings.NHR_LIMITER_URL
    broker = str(getattr(django_settings, "CELERY_BROKER_URL", "") or "")
    return broker if broker.startswith(("redis://", "rediss://")) else ""


def host_language() -> str:
    """Django's own setting ``LANGUAGE_CODE``: in which language errors are stored."""
    return str(django_settings.LANGUAGE_CODE)


def has_time_zones() -> bool:
    """Django's own setting ``USE_TZ``."""
    return bool(django_settings.USE_TZ)


def default_cache_backend() -> str:
    """The dotted path of the backend of the host's default cache."""
    return str(django_settings.CACHES["default"]["BACKEND"])


def host_middleware() -> list[str]:
    """The dotted paths of the host's middleware, outermost first."""
    return list(django_settings.MIDDLEWARE)


def host_subpath() -> str:
    """The path that the host is served below, such as ``/openzaak``; "" for none.

    Hosts on open-api-framework have it as ``SUBPATH``, and set no FORCE_SCRIPT_NAME.
    """
    path = str(getattr(django_settings, "SUBPATH", "") or "").strip("/")
    return f"/{path}" if path else ""


def allowed_hosts() -> list[str]:
    """The host names of requests that Django answers: ``ALLOWED_HOSTS``."""
    return [str(name) for name in django_settings.ALLOWED_HOSTS]


def has_admins() -> bool:
    """Whether Django mails somebody about errors: its setting ``ADMINS``."""
    return bool(django_settings.ADMINS)


def host_rest_framework() -> dict[str, Any]:
    """The host's setting ``REST_FRAMEWORK``; what it leaves out is DRF's own."""
    return dict(getattr(django_settings, "REST_FRAMEWORK", None) or {})


def own_names() -> set[str]:
    """The names of the settings that the host meant for us."""
    return {name for name in dir(django_settings) if name.startswith(PREFIX)}


def own_settings() -> list[Setting[Any]]:
    """Every setting that there is."""
    return [one for one in vars(KlantenSettings).values() if isinstance(one, Setting)]
