"""The URLs of the API; mount them without a namespace.

``path("klanten/api/", include("klanten_plugin.api.urls"))`` gives
``/klanten/api/v1/klanten`` and the rest. No path ends with a slash.
"""

from django.urls import include, path, re_path

from .base import NotFoundView
from .callback import CallbackView
from .documents import DocumentView, ErrorPageView, RedocScriptView, RedocView
from .viewsets import KlantAuditTrailViewSet, KlantViewSet

klant_list = KlantViewSet.as_view(
    {"get": "list", "post": "create"}, basename="klant", detail=False
)
klant_detail = KlantViewSet.as_view(
    {
        "get": "retrieve",
        "put": "update",
        "patch": "partial_update",
        "delete": "destroy",
    },
    basename="klant",
    detail=True,
)
audittrail_list = KlantAuditTrailViewSet.as_view(
    {"get": "list"}, basename="audittrail", detail=False
)
audittrail_detail = KlantAuditTrailViewSet.as_view(
    {"get": "retrieve"}, basename="audittrail", detail=True
)

resources = [
    path("klanten", klant_list, name="klant-list"),
    path("klanten/<str:uuid>", klant_detail, name="klant-detail"),
    path(
        "klanten/<str:klant_uuid>/audittrail",
        audittrail_list,
        name="klant-audittrail-list",
    ),
    path(
        "klanten/<str:klant_uuid>/audittrail/<str:uuid>",
        audittrail_detail,
        name="klant-audittrail-detail",
    ),
    path("schema/", RedocView.as_view(), name="klanten-schema-redoc"),
    path(
        "schema/redoc.standalone.js",
        RedocScriptView.as_view(),
        name="klanten-schema-redoc-script",
    ),
    path("schema/fouten/<str:name>", ErrorPageView.as_view(), name="klanten-fout"),
    *(
        path(
            f"{folder}openapi.{extension}",
            DocumentView.as_view(extension=extension),
            name=f"klanten-{prefix}openapi-{extension}",
        )
        for folder, prefix in (("schema/", "schema-"), ("", ""))
        for extension in ("yaml", "json")
    ),
]

urlpatterns = [
    path("", NotFoundView.as_view(), name="klanten-api-root"),
    re_path(r"^v(?P<version>1)/", include(resources)),
    # without a version: it isn't part of the Klanten API or its document
    path(
        "callbacks/notificaties",
        CallbackView.as_view(),
        name="klanten-notificaties-callback",
    ),
    re_path(r"^.*$", NotFoundView.as_view()),
]
