"""Health endpoints for load balancers and monitoring, for the operator to mount.

Outside the API: ``path("gezondheid/", include("klanten_plugin.contrib.health.urls"))``.
"""
