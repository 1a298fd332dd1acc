"""The URLs of the demo host, with an API of the host's own component."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import include, path, re_path

from rest_framework import viewsets
from rest_framework.response import Response
from vng_api_common.permissions import AuthScopesRequired
from vng_api_common.routers import DefaultRouter
from vng_api_common.scopes import Scope

from testapp import urls

LEZEN = Scope("memos.lezen", description="Laat toe om memo's te lezen.")
AANMAKEN = Scope("memos.aanmaken", description="Laat toe om memo's aan te maken.")


class MemoViewSet(viewsets.ViewSet):
    """Memos, which have scopes of their own."""

    permission_classes = (AuthScopesRequired,)
    required_scopes: ClassVar[dict[str, Scope]] = {"list": LEZEN, "create": AANMAKEN}

    def list(self, request: Any, version: str) -> Response:
        return Response([])

    def create(self, request: Any, version: str) -> Response:
        return Response(request.data, 201)


router = DefaultRouter()
router.register("memos", MemoViewSet, basename="memo")

urlpatterns = [
    *urls.urlpatterns,
    path(
        "memos/api/", include([re_path(r"^v(?P<version>\d+)/", include(router.urls))])
    ),
]
