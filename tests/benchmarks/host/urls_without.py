"""Only the host's own URLs."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("notificaties/", include("notifications_api_common.urls")),
    path("ref/", include("vng_api_common.urls")),
]
