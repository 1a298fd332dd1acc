"""The scopes of the official document; that of the audit trail is the suite's."""

from vng_api_common.scopes import Scope


def _scope(label: str, *actions: str) -> Scope:
    allowed = "\n".join(f"* {action}" for action in actions)
    return Scope(label, description=f"\n**Laat toe om**:\n\n{allowed}\n")


SCOPE_KLANTEN_LEZEN = _scope(
    "klanten.lezen", "klanten op te lijsten", "klanten te bekijken"
)
SCOPE_KLANTEN_AANMAKEN = _scope("klanten.aanmaken", "klanten aan te maken")
SCOPE_KLANTEN_BIJWERKEN = _scope("klanten.bijwerken", "klanten bij te werken")
SCOPE_KLANTEN_VERWIJDEREN = _scope("klanten.verwijderen", "klanten te verwijderen")
