"""A configuration file with all sections."""

from __future__ import annotations

import copy
from typing import Any

SECRET = "a secret that nobody may see, of more than 32 characters"

FULL: dict[str, Any] = {
    "another_program": {"anything": True},
    "klanten_services_enable": True,
    "klanten_services": {
        "services": [
            {
                "identifier": "contactmomenten",
                "label": "Contactmomenten API",
                "api_root": "https://contactmomenten.example.nl/api/v1",
                "auth_type": "zgw",
                "client_id": "klanten",
                "secret": {"value_from": {"env": "TEST_SECRET"}},
            },
            {
                "identifier": "kvk",
                "label": "KVK",
                "api_root": "https://api.kvk.example.nl/api/",
                "auth_type": "api_key",
                "header_key": "apikey",
                "header_value": {"value_from": {"env": "TEST_SECRET"}},
                "timeout": 5,
            },
        ]
    },
    "klanten_config_enable": True,
    "klanten_config": {
        "contactmomenten": ["contactmomenten"],
        "verzoeken": [],
        "subjecten": ["contactmomenten"],
        "rollen_aliassen": ["https://nlx.example.nl/klanten/api/v1"],
        "rollen_bronnen": [
            {
                "service": "contactmomenten",
                "aliassen": ["http://contactmomenten.internal:8080/api/v1"],
            }
        ],
        "rollen_beleid": "remove",
        "nhr_bronnen": [
            {"soort": "kvk", "service": "kvk"},
            {"soort": "eigen", "klasse": "pakket.module.Klasse", "actief": False},
        ],
        "nhr_mutatieservice": "kvk",
        "nhr_abonnement": "abc",
    },
    "klanten_applicaties_enable": True,
    "klanten_applicaties": {
        "applicaties": [
            {
                "client_id": "kiss",
                "label": "KISS",
                "secret": {"value_from": {"env": "TEST_SECRET"}},
                "scopes": ["klanten.lezen", "klanten.bijwerken"],
            }
        ]
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the file with a changed value. ``...`` removes it."""
    found = copy.deepcopy(FULL)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = found
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return found
