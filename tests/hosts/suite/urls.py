"""The host's URLs: each API in a namespace, and a catch-all page."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path, re_path


def page(request, **kwargs):
    return HttpResponse("a page of the host", content_type="text/html")


def nothing(request):
    return HttpResponse("a page of the host", content_type="text/html", status=404)


zaken = ([path("zaken", page, name="zaak-list")], "zaken")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("zaken/api/v1/", include(zaken)),
    path("ref/", include("vng_api_common.urls")),
    path("gezondheid/", include("klanten_plugin.contrib.health.urls")),
    re_path(r"^.*$", nothing),
]


def handler404(request, exception):
    return HttpResponse("the host's own 404", status=404)
