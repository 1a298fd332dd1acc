"""The host itself: it knows nothing of the Klanten API.

Its settings are :mod:`.settings`; ``klanten_plugin.contrib.openzaak`` lays the API over
them (``KLANTEN_HOST_SETTINGS``), :mod:`.mounted` has it mount itself.
"""
