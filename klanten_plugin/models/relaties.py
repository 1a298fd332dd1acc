"""URLs of relations at their owners, and relations that aren't mirrored."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..constants import RolSoort
from .rollen import ROL_LENGTH, URL_LENGTH, RolBron

REASON_LENGTH = 200

CHILD = re.compile(r"[\w-]+", re.ASCII)


@dataclass(frozen=True)
class RolApi:
    """The resource and field names of one kind of API.

    ``ouder`` is the resource that the klant is related to: contactmoment or verzoek. It
    is also the name of the field and of the filter.
    """

    collection: str
    relatie: str
    ouder: str
    ouders: str
    required: frozenset[str]


APIS: dict[RolSoort, RolApi] = {
    RolSoort.CONTACTMOMENTEN: RolApi(
        collection="klantcontactmomenten",
        relatie="klantcontactmoment",
        ouder="contactmoment",
        ouders="contactmomenten",
        required=frozenset({"url", "klant", "contactmoment", "rol"}),
    ),
    RolSoort.VERZOEKEN: RolApi(
        collection="klantverzoeken",
        relatie="klantverzoek",
        ouder="verzoek",
        ouders="verzoeken",
        required=frozenset({"url", "klant", "verzoek"}),
    ),
}
"""The names by kind of API. A test checks that it is complete."""


@dataclass(frozen=True)
class OwnerUrls:
    """The URLs of one owner of relations.

    ``root`` is the API root for requests, ``aliases`` are other roots that the owner
    uses in its URLs. All are without a trailing slash.
    """

    root: str
    api: RolApi
    aliases: tuple[str, ...] = ()

    @property
    def collection(self) -> str:
        """The URL of the list of relations."""
        return f"{self.root}/{self.api.collection}"

    @property
    def parents(self) -> str:
        """The URL of the list of contactmomenten or verzoeken."""
        return f"{self.root}/{self.api.ouders}"

    @property
    def roots(self) -> tuple[str, ...]:
        """The API root and the aliases."""
        return self.root, *self.aliases

    def under_root(self, url: str) -> str:
        """Return the URL with the API root in place of an alias."""
        for alias in self.aliases:
            if url.startswith(f"{alias}/"):
                return f"{self.root}{url[len(alias) :]}"
        return url

    def holds(self, url: str) -> bool:
        """Whether this is the URL of a relation under the root or an alias."""
        return is_child(self.under_root(url), self.collection)

    def holds_parent(self, url: str) -> bool:
        """Whether this is the URL of a contactmoment or verzoek of this owner."""
        return is_child(self.under_root(url), self.parents)

    def foreign_root(self, url: str) -> str | None:
        """Return the unknown root of a URL whose path looks like one of this owner.

        Return ``None`` if the path doesn't, or if the URL is under the root or an
        alias.
        """
        ends = "|".join(map(re.escape, (self.api.collection, self.api.ouders)))
        pattern = rf"(https?://[^/?#]+(?:/[^?#]*)?)/(?:{ends})/[\w-]+"
        found = re.fullmatch(pattern, url, re.ASCII)
        return found[1] if found and found[1] not in self.roots else None


def is_child(url: str, collection: str) -> bool:
    """Whether the URL is that of a member of the collection."""
    tail = url.removeprefix(f"{collection}/")
    return tail != url and bool(CHILD.fullmatch(tail))


def owner_urls(bron: RolBron) -> OwnerUrls:
    """Return the URLs of the service in the current configuration."""
    return OwnerUrls(
        root=bron.service.api_root.rstrip("/"),
        api=APIS[RolSoort(bron.soort)],
        aliases=tuple(alias.rstrip("/") for alias in bron.aliases),
    )


@dataclass(frozen=True)
class Unusable:
    """A relation that can't be mirrored, with the reason.

    ``url`` and ``klant`` are the values of the owner, or "" if they aren't strings.
    ``key`` is a signed 64-bit hash that identifies the relation at its owner.
    """

    key: int
    reason: str
    url: str = ""
    klant: str = ""


def key_of(text: str) -> int:
    """Return a signed 64-bit hash that identifies a relation."""
    digest = hashlib.sha256(text.encode(errors="backslashreplace")).digest()
    return int.from_bytes(digest[:8], signed=True)


class OtherRelatie(models.Model):
    """A relation at an owner that isn't mirrored, with the reason.

    Shown to administrators, and used by a pass: mirrored roles and these rows together
    are the distinct relations that it met.
    """

    bron = models.ForeignKey(
        RolBron,
        on_delete=models.CASCADE,
        db_index=False,  # the unique constraint begins with it
        related_name="other_relaties",
        verbose_name=_("bron"),
    )
    key = models.BigIntegerField(editable=False)
    url = models.CharField(_("URL"), max_length=URL_LENGTH, blank=True)
    klant_url = models.CharField(_("URL van de klant"), max_length=URL_LENGTH)
    betreft = models.CharField(_("betreft"), max_length=URL_LENGTH, blank=True)
    rol = models.CharField(_("rol"), max_length=ROL_LENGTH, blank=True)
    indicatie_machtiging = models.CharField(
        _("indicatie machtiging"), max_length=ROL_LENGTH, blank=True
    )
    reason = models.CharField(_("reden"), max_length=REASON_LENGTH)
    seen_at = models.DateTimeField(_("laatst gezien"))

    class Meta:
        verbose_name = _("overige relatie")
        verbose_name_plural = _("overige relaties")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["bron", "key"], name="klanten_overig_uniek")
        ]

    def __str__(self) -> str:
        return self.url or f"{self.bron} {self.key}"


class UnknownRoot(models.Model):
    """An unknown API root in notifications that looks like one of an owner."""

    bron = models.ForeignKey(
        RolBron,
        on_delete=models.CASCADE,
        db_index=False,  # the unique constraint begins with it
        related_name="unknown_roots",
        verbose_name=_("bron"),
    )
    root = models.CharField(_("API-root"), max_length=URL_LENGTH)
    count = models.PositiveIntegerField(_("aantal"), default=0)
    last_at = models.DateTimeField(_("laatst"))

    class Meta:
        verbose_name = _("onbekend adres van een bron")
        verbose_name_plural = _("onbekende adressen van bronnen")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bron", "root"], name="klanten_onbekend_adres"
            )
        ]

    def __str__(self) -> str:
        return f"{self.root} ({self.count})"
