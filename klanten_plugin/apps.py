"""How Django finds the app."""

from importlib import import_module

from django.apps import AppConfig, apps


class KlantenConfig(AppConfig):
    """The Klanten API.

    The label is not ``klanten``: databases that were upgraded from other products
    can hold tables and migrations under that name.
    """

    name = "klanten_plugin"
    label = "klanten_plugin"
    verbose_name = "Klanten"
    # pinned, or a host with another DEFAULT_AUTO_FIELD would see a migration to make
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, the signal receivers, and what is optional."""
        modules = ["checks", "receivers", "api.charsets"]
        if apps.is_installed("notifications_api_common"):
            modules.append("contrib.kanalen")
        for module in modules:
            import_module(f"{self.name}.{module}")
        import_module(f"{self.name}.sync.metrics").register_metrics()
