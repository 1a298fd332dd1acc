"""URLs of the APIs and the admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="testapp/start.html"), name="start"),
    path("admin/", admin.site.urls),
    # For load balancers and monitoring. Gateways shouldn't forward it.
    path("gezondheid/", include("klanten_plugin.contrib.health.urls")),
    # Without a namespace, because URLs of klanten are also made outside requests.
    path("klanten/api/", include("klanten_plugin.api.urls")),
    # `manage.py register_kanalen` refers to it as documentation.
    path("notificaties/", include("notifications_api_common.urls")),
    # Required, because every error links to a page in here.
    path("ref/", include("vng_api_common.urls")),
]
