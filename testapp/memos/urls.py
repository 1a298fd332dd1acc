"""URLs of the second API component."""

from django.urls import include, path, re_path

from drf_spectacular.views import SpectacularYAMLAPIView
from vng_api_common.routers import DefaultRouter

from testapp.memos.api import MemoViewSet

router = DefaultRouter()
router.register("memos", MemoViewSet)

urlpatterns = [
    re_path(
        r"^v(?P<version>\d+)/",
        include(
            [
                path(
                    "schema/openapi.yaml",
                    SpectacularYAMLAPIView.as_view(urlconf="testapp.memos.urls"),
                    name="schema",
                ),
                *router.urls,
            ]
        ),
    ),
]
