"""The demo host, with the floor next to the API."""

import os

from testapp import environment
from testapp.settings import *  # noqa: F403
from testapp.settings import DATABASES, REDIS_URL

ROOT_URLCONF = "tests.benchmarks.host.urls"

# the processor time of an ended backend can't be measured
DATABASES["default"]["CONN_MAX_AGE"] = None
# nor can that of parallel workers of a query
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "options": "-c max_parallel_workers_per_gather=0",
}

# the usual setting under ASGI, where each request has a separate thread
CONNECTIONS = os.environ.get("BENCHMARK_CONNECTIONS", "kept")
if CONNECTIONS != "kept":
    DATABASES["default"]["CONN_MAX_AGE"] = 0
if CONNECTIONS == "pool":
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 4}

JWT_EXPIRY = 24 * 60 * 60

# a change writes its row of the outbox, and sends its hint to an unused queue
NOTIFICATIONS_DISABLED = False
CELERY_TASK_DEFAULT_QUEUE = "klanten_benchmark"
CELERY_BROKER_URL = environment.redis_database(REDIS_URL, 7) if REDIS_URL else ""
