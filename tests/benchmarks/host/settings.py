"""The demo host, with the floor beside the API."""

from testapp import environment
from testapp.settings import *  # noqa: F403
from testapp.settings import DATABASES, REDIS_URL

ROOT_URLCONF = "tests.benchmarks.host.urls"

# the processor time of a backend that ended can't be seen any more
DATABASES["default"]["CONN_MAX_AGE"] = None
# as cannot that of the workers that a backend takes on for one query
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "options": "-c max_parallel_workers_per_gather=0",
}

JWT_EXPIRY = 24 * 60 * 60

# a change writes its row of the outbox, and sends its hint: to a queue that nobody reads
NOTIFICATIONS_DISABLED = False
CELERY_TASK_DEFAULT_QUEUE = "klanten_benchmark"
CELERY_BROKER_URL = environment.redis_database(REDIS_URL, 7) if REDIS_URL else ""
