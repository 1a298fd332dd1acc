"""The host, preloaded before gunicorn forks its workers.

Otherwise each of them would import the URLs, the views and their dependencies
separately, while it should be processing a request.
"""

from __future__ import annotations

import gc

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - imports them

# garbage collection would copy the memory that the workers share
gc.freeze()
