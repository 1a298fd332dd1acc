"""The app configuration."""

import sys
from importlib import import_module

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured

REQUIRED_APPS = (
    "rest_framework",
    "zgw_consumers",
    "vng_api_common",
    "vng_api_common.authorizations",
    "vng_api_common.audittrails",
)


class KlantenConfig(AppConfig):
    """The Klanten API.

    The label is not ``klanten``: databases that were upgraded from other products
    can hold tables and migrations under that name.
    """

    name = "klanten_plugin"
    label = "klanten_plugin"
    verbose_name = "Klanten"
    # pinned: with another DEFAULT_AUTO_FIELD, makemigrations would detect changes
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Raise ``ImproperlyConfigured`` with the names of missing apps.

        Without it, importing the models would fail with an obscure error. Output of
        commands is separated from log lines here, because other apps log from their
        ``ready``, which runs after all models are imported.
        """
        import_module(f"{self.name}.management.results").set_results_apart(sys.argv)
        missing = [name for name in REQUIRED_APPS if not apps.is_installed(name)]
        if missing:
            # gettext isn't available before all apps are loaded
            raise ImproperlyConfigured(
                "klanten_plugin.E002: add to INSTALLED_APPS / voeg toe aan "
                f"INSTALLED_APPS: {', '.join(missing)}"
            )
        super().import_models()

    def ready(self) -> None:
        """Register system checks, signal receivers and optional integrations."""
        modules = ["checks", "receivers", "api.charsets"]
        if apps.is_installed("notifications_api_common"):
            modules.append("contrib.kanalen")
        for module in modules:
            import_module(f"{self.name}.{module}")
        if import_module(f"{self.name}.contrib.mount").mount_if_asked():
            import_module(f"{self.name}.tasks").extend_beat_schedule()
        if apps.is_installed("django_admin_index"):
            import_module(f"{self.name}.contrib.admin_index").connect()
        import_module(f"{self.name}.contrib.telemetry").register_metrics()
