"""A group for the plugin on the start page of django-admin-index.

django-admin-index only shows groups in its table, which hosts refill on every
``migrate``. The group of the plugin is therefore added after the receivers of all other
apps.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin import site
from django.db.models.signals import post_migrate, pre_migrate

from ..findings import APP_LABEL

SLUG = "klanten"
INDEX = "admin_index"
UID = "klanten_plugin.contrib.admin_index"


def connect() -> None:
    """Connect to the signals of ``migrate``."""
    pre_migrate.connect(_listen_last, sender=apps.get_app_config(APP_LABEL))
    _listen_last()


def _listen_last(**kwargs: Any) -> None:
    """Reconnect the receiver, so that it runs after those of all other apps."""
    post_migrate.disconnect(_after_app, dispatch_uid=UID)
    post_migrate.connect(_after_app, dispatch_uid=UID)


def _after_app(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Add the group after the last app for which ``migrate`` sends its signal."""
    migrated = [config for config in apps.get_app_configs() if config.models_module]
    if sender is migrated[-1]:
        add_group(using)


def add_group(using: str) -> None:
    """Add a group with all admin pages of the plugin, if there is none."""
    groups = apps.get_model(INDEX, "AppGroup")._default_manager.using(using)
    if groups.filter(slug=SLUG).exists():
        return
    content_types = apps.get_model(INDEX, "ContentTypeProxy")._default_manager
    models = apps.get_app_config(APP_LABEL).get_models()
    names = [model._meta.model_name for model in models if site.is_registered(model)]
    ours = content_types.using(using).filter(app_label=APP_LABEL, model__in=names)
    if ours:  # none after the tables were removed
        group = groups.create(
            slug=SLUG, name=apps.get_app_config(APP_LABEL).verbose_name
        )
        group.models.set(ours)
