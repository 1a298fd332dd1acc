"""The settings ``KLANTEN_*``: name, type, default, meaning.

They are read from the host's Django settings at every use, never at import, so that
``override_settings`` and late configuration work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from django.conf import settings as django_settings

T = TypeVar("T")


@dataclass
class Setting(Generic[T]):
    """A setting of the host, with its default value and its documentation."""

    default: T
    help: str
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = getattr(owner, "prefix", "") + name

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

    prefix = "KLANTEN_"

    MAX_BODY_BYTES = Setting(
        1024 * 1024,
        "Maximum size of a request body in bytes. Larger ones are answered with 413.",
    )
    KLANTNUMMER_RANGE = Setting(
        (10_000_000, 99_999_999),
        "First and last klantnummer to generate for klanten that are created without "
        "one, of at most 8 digits (kla-001). Narrow it if other systems assign "
        "numbers in the same bronorganisatie.",
    )
    WEBSITE_URL_REQUIRED = Setting(
        True,
        "Whether a klant must have a websiteUrl, as the standard requires. If "
        "`False`, the API also accepts klanten of consumers that never send one, such "
        "as KISS, and the OpenAPI document that is served marks it as optional.",
    )
    TOKEN_QUERY = Setting(
        True,
        "Whether a token is checked with one query. If `False`, the suite's own check "
        "is used, with the same result in three or more queries. Meant for a host "
        "whose suite differs from the supported versions.",
    )
    KVK_NUMMER_AS_NNP_ID = Setting(
        False,
        "Whether innNnpId may also be a KVK-nummer (8 digits), as KISS and Open "
        "Inwoner send it. The standard requires a RSIN (9 digits, 11-proef). If "
        "`True`, the OpenAPI document that is served describes both.",
    )
    REPLICA = Setting(
        "",
        "Alias in `DATABASES` of the replica from which "
        "`klanten_plugin.contrib.replica` reads klanten in GET and HEAD requests. "
        "Empty: no replica.",
    )
    SUBJECT_HOSTS = Setting(
        "public",
        "Hosts that are queried to check whether a subject exists (kla-002): `public` "
        "- the Services that are configured for subjects, and public addresses; "
        "`services` - only these Services; `all` - also loopback, link-local and "
        "private addresses, which lets consumers probe the operator's network.",
    )
    SUBJECT_TIMEOUT = Setting(
        5.0,
        "Maximum seconds that a request waits for a subject, including redirects.",
    )
    SUBJECT_CHECKS = Setting(
        4,
        "Maximum concurrent subject checks per process. Keep it below the number of "
        "threads, so that other requests aren't blocked.",
    )
    OUTBOX_LEASE = Setting(
        120.0,
        "Lease of a row of the outbox in seconds. A row whose lease has expired is "
        "claimed again, because its worker must have died. A remote call takes at "
        "most three quarters of it.",
    )
    OUTBOX_MAX_AGE = Setting(
        7 * 24 * 3600.0,
        "Seconds after which a row that keeps failing is given up. An administrator "
        "can retry it.",
    )
    OUTBOX_KEEP_DAYS = Setting(
        30,
        "Days that completed rows are kept. Rows that were given up are not removed.",
    )
    DELETION_DAYS = Setting(
        7.0,
        "Days between the confirmation of a list of deletions and its execution, "
        "during which it can be cancelled.",
    )
    ACCESS_REPORT_PURPOSE = Setting(
        "",
        "Text for citizens in the overview of an inzageverzoek: the purposes and legal "
        "grounds of processing. Empty: the overview has a reminder to add it.",
    )
    ACCESS_REPORT_RETENTION = Setting(
        "",
        "Text for citizens in the same overview: the retention period of klanten. "
        "Empty: the overview says that klanten aren't removed automatically.",
    )
    ROLLEN_LOOK_SECONDS = Setting(
        60.0,
        "Seconds between two looks at a service with roles, which read the number of "
        "its relations and the end of its list, usually with two requests. They find "
        "changes without notifications, and outages of the service.",
    )
    NHR_INTERVAL_DAYS = Setting(
        180.0,
        "Maximum age of contact data from the NHR in days, without a Mutatieservice. "
        "Values only get older if the budget is too small or the register is down.",
    )
    NHR_UNSIGNALLED_INTERVAL_DAYS = Setting(
        365.0,
        "The same with a Mutatieservice, for data that it doesn't signal, such as "
        "websites. Names and addresses are refreshed when KVK signals a change, and "
        "after a year. Values over 365 count as 365.",
    )
    NHR_REQUESTS_PER_SECOND = Setting(
        100,
        "Maximum requests to KVK per second, over all workers. KVK's contract allows "
        "100.",
    )
    NHR_MONTHLY_BUDGET = Setting(
        300_000,
        "Maximum paid requests to KVK per calendar month, over all workers. KVK's "
        "contract allows 300,000. A lower number limits the costs; raising it "
        "releases waiting rows at once.",
    )
    NHR_LIMITER_URL = Setting(
        "",
        "URL of the storage in which workers count requests per second, in the "
        "notation of `limits`, such as redis://host:6379/0. Empty: the Celery broker, "
        "if that is Redis.",
    )
    NHR_EMPTY_ABSENT = Setting(
        True,
        "Whether a value from the register is emptied when its source no longer has "
        "it. If `False`, the value is kept and marked.",
    )
    NHR_EMPTY_ENDED = Setting(
        False,
        "The same for all values of a company or establishment that has ended, or is "
        "no longer in the register.",
    )
    NHR_REMOVE_SHIELDED = Setting(
        False,
        "Whether an address from the register is removed when it becomes shielded. If "
        "`False`, it is kept, with a remark in the admin.",
    )
    NHR_DATASERVICE_ADDRESS = Setting(
        "",
        "KVK Dataservice: the logical address in messages (`wsa:To`), as provided by "
        "KVK. Empty: http://es.kvk.nl/KvK-Dataservice/2015/02, or that of "
        "pre-production (`KvK-DataservicePP`) if the host name of the service "
        "contains `preprod`.",
    )
    NHR_DATASERVICE_SIGNATURE = Setting(
        "verify",
        "KVK Dataservice: verification of signatures of responses. `verify` - a "
        "signature must be valid if there is one; `require` - there must be a valid "
        "one; `ignore` - signatures aren't verified, and only TLS authenticates the "
        "sender.",
    )
    NHR_DATASERVICE_CERTIFICATES = Setting(
        "",
        "KVK Dataservice: path of a PEM file with the accepted signing certificates "
        "or their issuers. Empty: any certificate in the response is accepted, so "
        "that the signature only proves integrity.",
    )
    PUBLIC_URL = Setting(
        "",
        "Public address of this host, without the path of the API, such as "
        "`https://zgw.example.nl` or `https://zgw.example.nl/openzaak`. Used in `url`, "
        "`Location`, types of errors, ETags, notifications, the callback and the audit "
        "trail. Empty: the address of the request, and in commands and workers that of "
        "`SITE_DOMAIN` and `IS_HTTPS`. In Open Zaak with `OPENZAAK_REWRITE_HOST` it is "
        "derived from `OPENZAAK_DOMAIN`.",
    )
    MOUNT = Setting(
        "",
        "Path at which the API mounts itself, such as `klanten/api/`, in a host whose "
        "URLs can't be edited; also read from the environment variable of this name. "
        "Empty: the host's own urlconf includes the API.",
    )
    HOST_URLCONF = Setting(
        "",
        "The host's original ROOT_URLCONF, if the API mounted itself. Set "
        "automatically.",
    )
    NHR_NO_WEBSITE = Setting(
        ("https://onbekend.invalid",),
        "Values of the required websiteUrl that consumers send if the website is "
        "unknown. They count as empty: the NHR may replace them.",
    )


settings = KlantenSettings()


class HostSettings:
    """Settings of Django, Celery and the suite that the plugin reads."""

    ADMINS = Setting[Sequence[Any]]((), "Administrators to whom Django mails errors.")
    ALLOWED_HOSTS = Setting[Sequence[str]]((), "The names of the host.")
    CACHES = Setting[dict[str, Any]]({}, "The configuration of the caches.")
    DEBUG = Setting(False, "Whether Django shows details of errors.")
    LANGUAGE_CODE = Setting("en-us", "The language of stored errors.")
    MIDDLEWARE = Setting[Sequence[str]]((), "Dotted paths, outermost first.")
    ROOT_URLCONF = Setting("", "The module with the URLs of the host.")
    USE_TZ = Setting(False, "Whether moments have a time zone.")

    CELERY_BROKER_URL = Setting("", "The URL of the broker.")
    IS_HTTPS = Setting(True, "Whether the suite is reached over https.")
    NOTIFICATIONS_DISABLED = Setting(False, "Whether no notifications are sent.")
    NOTIFICATIONS_GUARANTEE_DELIVERY = Setting(
        True, "Whether a Notificaties API must be configured."
    )
    NOTIFICATIONS_SOURCE = Setting("", "The sender in a notification.")
    REST_FRAMEWORK = Setting[dict[str, Any]](
        {}, "DRF's settings, without its defaults."
    )
    SUBPATH = Setting("", "The path below which open-api-framework serves the host.")
    TIME_LEEWAY = Setting(0.0, "Seconds that the clocks of consumers may differ.")


host_settings = HostSettings()

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def host_names() -> frozenset[str]:
    """Return the names of this host in lower case, from ``ALLOWED_HOSTS``.

    Patterns and the names of the loopback interface are excluded. The latter refer to
    another host for everyone else.
    """
    names = {str(name).lower() for name in host_settings.ALLOWED_HOSTS}
    return frozenset(
        name for name in names - LOOPBACK if name[:1] not in ("", ".", "*")
    )


def limiter_url() -> str:
    """Return the URL of the storage that counts requests; "" if the host has none."""
    if settings.NHR_LIMITER_URL:
        return settings.NHR_LIMITER_URL
    broker = host_settings.CELERY_BROKER_URL or ""
    return broker if broker.startswith(("redis://", "rediss://")) else ""


def host_subpath() -> str:
    """The path that the host is served below, such as ``/openzaak``; "" for none.

    Hosts based on open-api-framework set ``SUBPATH`` instead of ``FORCE_SCRIPT_NAME``.
    """
    path = (host_settings.SUBPATH or "").strip("/")
    return f"/{path}" if path else ""


def own_names() -> set[str]:
    """Return the names of the host's settings that start with ``KLANTEN_``."""
    return {name for name in dir(django_settings) if name.startswith(settings.prefix)}


def own_settings() -> list[Setting[Any]]:
    """Return all settings of the plugin."""
    return [one for one in vars(KlantenSettings).values() if isinstance(one, Setting)]
