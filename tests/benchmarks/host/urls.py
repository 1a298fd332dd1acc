"""The host's own URLs, and the floor."""

from django.urls import path

from testapp import urls
from tests.benchmarks.host import floor

urlpatterns = [
    path("floor/klanten", floor.klanten),
    path("floor/klanten/<uuid:uuid>", floor.klant),
    path("floor/klanten/<uuid:uuid>/audittrail", floor.audittrail),
    path("floor/token", floor.token),
    *urls.urlpatterns,
]
