"""The production settings for more than one machine.

Save it as ``host/machines.py`` beside ``host/production.py``, and set
``DJANGO_SETTINGS_MODULE=host.machines``. ``DB_HOST`` and ``DB_PORT`` are those of
PgBouncer. Every machine has the same values of these variables and of ``SECRET_KEY``.
"""

import os

from host.production import *
from host.production import DATABASES, MIDDLEWARE

# --- PostgreSQL behind PgBouncer in transaction mode

DATABASES["default"] |= {
    # A cursor on the server lives in a session, and the next statement may get another.
    "DISABLE_SERVER_SIDE_CURSORS": True,
    # The health check notices connections that a restart of PgBouncer has closed.
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
}
# The name in pgbouncer.ini of the database on the streaming replica.
DATABASES["replica"] = DATABASES["default"] | {
    "NAME": f"{DATABASES['default']['NAME']}_replica",
    "OPTIONS": {"connect_timeout": 2},
}
KLANTEN_REPLICA = "replica"
DATABASE_ROUTERS = ["klanten_plugin.contrib.replica.ReplicaRouter"]
MIDDLEWARE = ["klanten_plugin.contrib.replica.ReplicaMiddleware", *MIDDLEWARE]

# --- One address, whichever machine answers

# Used in URLs, ETags, notifications and audit lines. Without it, these have the Host of
# the request, and in workers SITE_DOMAIN.
KLANTEN_PUBLIC_URL = os.environ["PUBLIC_URL"]

# --- The broker, and what all machines share

# RabbitMQ: amqp://user:password@host:5672//
# Redis with Sentinel: sentinel://:password@host:26379/0;sentinel://...
CELERY_BROKER_URL = os.environ["BROKER_URL"]
# A worker reserves one message at a time, and stops tasks whose connection is lost.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Workers keep trying until the broker is back.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None

# The cache has the heartbeat of beat, hosts of subjects that don't answer, and OAuth
# tokens. The limiter counts requests to KVK per second. With one for each machine, beat
# would seem down on two of three, and KVK would get three times its limit.
if sentinels := os.environ.get("SENTINELS", ""):
    # pip install django-redis, because Django's own cache doesn't support Sentinel.
    # The Sentinels have the password of the servers, as the limiter has only one.
    REDIS_PASSWORD = os.environ["REDIS_PASSWORD"]
    DJANGO_REDIS_CONNECTION_FACTORY = "django_redis.pool.SentinelConnectionFactory"
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://klanten/1",
            "OPTIONS": {
                "CLIENT_CLASS": "django_redis.client.SentinelClient",
                "SENTINELS": [
                    (each.partition(":")[0], int(each.partition(":")[2]))
                    for each in sentinels.split(",")
                ],
                "PASSWORD": REDIS_PASSWORD,
                "SENTINEL_KWARGS": {"password": REDIS_PASSWORD},
                "SOCKET_CONNECT_TIMEOUT": 2,
                "SOCKET_TIMEOUT": 2,
            },
        }
    }
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "master_name": "klanten",
        "sentinel_kwargs": {"password": REDIS_PASSWORD},
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
    }
    KLANTEN_NHR_LIMITER_URL = f"redis+sentinel://:{REDIS_PASSWORD}@{sentinels}/klanten"
else:
    # a Redis besides RabbitMQ
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
            "KEY_PREFIX": "cache",
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }
    KLANTEN_NHR_LIMITER_URL = os.environ["REDIS_URL"]
