"""Configure the plugin from a YAML file: as often as you like, with the same result.

One file serves ``manage.py klanten_setup``, and django-setup-configuration where the host
has that (:mod:`.steps`). What it may hold is in :mod:`.content`.
"""
