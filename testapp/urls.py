"""Where are the APIs and the admin of this host?"""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="testapp/start.html"), name="start"),
    path("admin/", admin.site.urls),
    # For load balancers and monitoring: a gateway doesn't pass this on.
    path("gezondheid/", include("klanten_plugin.contrib.health.urls")),
    # Without a namespace: URLs of klanten are made outside requests, too.
    path("klanten/api/", include("klanten_plugin.api.urls")),
    path("memos/api/", include("testapp.memos.urls")),
    # What `manage.py register_kanalen` refers to as documentation.
    path("notificaties/", include("notifications_api_common.urls")),
    # Required: every error answer links to a page in here.
    path("ref/", include("vng_api_common.urls")),
]
