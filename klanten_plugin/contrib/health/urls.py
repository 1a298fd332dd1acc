"""URLs of the health endpoints, for ``include`` in the host's urlconf."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("live", views.live, name="klanten-health-live"),
    path("ready", views.ready, name="klanten-health-ready"),
    path("status", views.overview, name="klanten-health-status"),
]
