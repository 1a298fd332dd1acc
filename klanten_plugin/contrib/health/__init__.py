"""Health endpoints for load balancers and monitoring.

They aren't part of the API. Mount them with ``path("gezondheid/",
include("klanten_plugin.contrib.health.urls"))``.
"""
