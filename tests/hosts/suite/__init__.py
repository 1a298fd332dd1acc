"""A host without knowledge of the Klanten API.

Its settings are :mod:`.settings`. ``klanten_plugin.contrib.openzaak`` adds the API to
them (``KLANTEN_HOST_SETTINGS``), and with :mod:`.mounted` the API mounts itself.
"""
