"""App config of the second API component of this host."""

from django.apps import AppConfig


class MemosConfig(AppConfig):
    """Memos: an API next to the plugin's, as in every suite with several components."""

    name = "testapp.memos"
    label = "testapp_memos"
    default_auto_field = "django.db.models.BigAutoField"
