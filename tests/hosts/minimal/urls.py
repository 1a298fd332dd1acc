"""The minimal URLs of a host."""

from django.urls import include, path

urlpatterns = [
    # For load balancers and monitoring. Gateways shouldn't forward it.
    path("gezondheid/", include("klanten_plugin.contrib.health.urls")),
    path("klanten/api/", include("klanten_plugin.api.urls")),
    # Required, because every error links to a page in here.
    path("ref/", include("vng_api_common.urls")),
]
