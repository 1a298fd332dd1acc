"""The host, with everything loaded before gunicorn makes its workers of it.

Otherwise each of them would import the URLs, the views and all behind them by itself,
at the moment that it should be in the middle of a request.
"""

from __future__ import annotations

import gc

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - imports them

# collecting garbage would copy the memory that the workers share
gc.freeze()
