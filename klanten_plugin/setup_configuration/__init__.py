"""Idempotent configuration of the plugin from a YAML file.

The same file is used by ``manage.py klanten_setup`` and, if the host has it, by
django-setup-configuration (:mod:`.steps`). :mod:`.content` defines its schema.
"""
