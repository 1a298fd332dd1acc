"""Template context about the host for the suite's own pages."""

from django.http import HttpRequest


def settings(_: HttpRequest) -> dict[str, dict[str, str]]:
    """Return the variables that vng_api_common's templates display."""
    return {
        "settings": {
            "PROJECT_NAME": "testapp",
            "SITE_TITLE": "Een host met de Klanten API",
        }
    }
