"""Which app is the second API component of this host?"""

from django.apps import AppConfig


class MemosConfig(AppConfig):
    """Memos: an API beside the plugin's, as every suite has several."""

    name = "testapp.memos"
    label = "testapp_memos"
    default_auto_field = "django.db.models.BigAutoField"
