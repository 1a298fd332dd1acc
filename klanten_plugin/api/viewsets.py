"""The operations of the official document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase

from rest_framework import status, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from vng_api_common.audittrails.api.scopes import SCOPE_AUDITTRAILS_LEZEN
from vng_api_common.audittrails.models import AuditTrail

from ..constants import UUID_PATTERN
from ..domain.klanten.addresses import absolute_url
from ..domain.klanten.audittrail import audit_lines
from ..domain.klanten.etags import etag_at, etag_of, is_known, served_etag
from ..domain.klanten.reading import (
    load_klant,
    read_klant,
    stored_etag,
)
from ..domain.klanten.representation import Representation, represent_klant
from ..domain.klanten.write import delete_klant
from ..models import Klant
from . import scopes
from .audit_lines import represent_lines
from .base import KlantenView
from .conditional import is_cached, not_modified
from .filters import requested_lookups
from .pagination import KlantenPagination
from .permissions import KlantenScopesRequired
from .serializers import HostKlantSerializer
from .streams import BATCH, stream_lines


def _parse_uuid(text: str) -> UUID:
    """Parse a UUID in any case, with or without hyphens. Raises ``NotFound``."""
    if not UUID_PATTERN.fullmatch(text):
        raise NotFound
    return UUID(text)


class KlantViewSet(KlantenView, viewsets.GenericViewSet):
    """Klanten: vind, lees, maak, wijzig en verwijder ze."""

    # for the suite, which looks up a resource by its URL
    queryset = Klant.objects.order_by("pk")
    lookup_field = "uuid"
    pagination_class = KlantenPagination
    permission_classes = (KlantenScopesRequired,)
    required_scopes = {
        "list": scopes.SCOPE_KLANTEN_LEZEN,
        "retrieve": scopes.SCOPE_KLANTEN_LEZEN,
        "create": scopes.SCOPE_KLANTEN_AANMAKEN,
        "update": scopes.SCOPE_KLANTEN_BIJWERKEN,
        "partial_update": scopes.SCOPE_KLANTEN_BIJWERKEN,
        "destroy": scopes.SCOPE_KLANTEN_VERWIJDEREN,
    }

    def get_object(self) -> Klant:
        """Return the klant of the path. Raises ``NotFound``."""
        klant = load_klant(self._uuid())
        if klant is None:
            raise NotFound
        return klant

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Alle KLANTen opvragen."""
        assert isinstance(self.paginator, KlantenPagination)
        lookups = requested_lookups(request.query_params)
        klanten = self.paginator.read(lookups, request, self.collection_url)
        return self.get_paginated_response(klanten)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Maak een KLANT aan."""
        body = self._represent(self._save())
        headers = {"Location": body["url"]}
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Een specifieke KLANT opvragen."""
        if etag := self._cached_etag():
            return not_modified(etag)
        found = read_klant(self._uuid(), self.collection_url)
        if found is None:
            raise NotFound
        klant, body = found
        etag = served_etag(klant, body)
        if is_cached(request, etag):
            return not_modified(etag)
        return Response(body, headers={"ETag": etag})

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Werk een KLANT in zijn geheel bij."""
        return Response(self._represent(self._save(self.get_object())))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Werk een KLANT deels bij."""
        klant = self._save(self.get_object(), partial=True)
        return Response(self._represent(klant))

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Verwijder een KLANT."""
        delete_klant(self._uuid(), self.change_context())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, klant: Klant | None = None, *, partial: bool = False) -> Klant:
        context = {
            "request": self.request,
            "change_context": self.change_context(partial=partial),
        }
        serializer = HostKlantSerializer(
            klant, data=self.request.data, partial=partial, context=context
        )
        serializer.is_valid(raise_exception=True)
        saved: Klant = serializer.save()
        return saved

    def _cached_etag(self) -> str | None:
        """Return the ETag if the consumer already has it, without reading the klant."""
        if "If-None-Match" not in self.request.headers:
            return None
        uuid = self._uuid()
        stored = stored_etag(uuid)
        if stored is None or not is_known(stored):
            return None
        etag = etag_at(stored, f"{self.collection_url}/{uuid}")
        return etag if is_cached(self.request, etag) else None

    def _uuid(self) -> UUID:
        return _parse_uuid(self.kwargs["uuid"])

    def _represent(self, klant: Klant) -> Representation:
        return represent_klant(klant, f"{self.collection_url}/{klant.uuid}")


class KlantAuditTrailViewSet(KlantenView, viewsets.GenericViewSet):
    """De audit trail van een klant."""

    queryset = AuditTrail.objects.order_by("pk")
    lookup_field = "uuid"
    permission_classes = (KlantenScopesRequired,)
    required_scopes = {
        "list": SCOPE_AUDITTRAILS_LEZEN,
        "retrieve": SCOPE_AUDITTRAILS_LEZEN,
    }

    def get_queryset(self) -> QuerySet[AuditTrail]:
        """The lines of the klant of the path."""
        return audit_lines(self._klant_uuid())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Alle audit trail regels behorend bij de KLANT."""
        lines = represent_lines(self.get_queryset()[:BATCH])
        if len(lines) == BATCH:
            return stream_lines(request._request, self.get_queryset())
        # lines are deleted with their klant, so it exists if there are lines
        if not lines and not Klant.objects.filter(uuid=self._klant_uuid()).exists():
            raise NotFound
        return Response(lines)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Een specifieke audit trail regel opvragen."""
        line_uuid = _parse_uuid(self.kwargs["uuid"])
        lines = represent_lines(self.get_queryset().filter(uuid=line_uuid)[:1])
        if not lines:
            raise NotFound
        etag = etag_of(lines[0], absolute_url(request.path, request))
        if is_cached(request, etag):
            return not_modified(etag)
        return Response(lines[0], headers={"ETag": etag})

    def _klant_uuid(self) -> UUID:
        return _parse_uuid(self.kwargs["klant_uuid"])
