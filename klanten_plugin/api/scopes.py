"""The scopes of the official document."""

from vng_api_common.audittrails.api.scopes import SCOPE_AUDITTRAILS_LEZEN
from vng_api_common.scopes import Scope

SCOPE_KLANTEN_LEZEN = Scope(
    "klanten.lezen",
    description="""
**Laat toe om**:

* klanten op te lijsten
* klanten te bekijken
""",
)
SCOPE_KLANTEN_AANMAKEN = Scope(
    "klanten.aanmaken",
    description="""
**Laat toe om**:

* klanten aan te maken
""",
)
SCOPE_KLANTEN_BIJWERKEN = Scope(
    "klanten.bijwerken",
    description="""
**Laat toe om**:

* klanten bij te werken
""",
)
SCOPE_KLANTEN_VERWIJDEREN = Scope(
    "klanten.verwijderen",
    description="""
**Laat toe om**:

* klanten te verwijderen
""",
)

__all__ = [
    "SCOPE_AUDITTRAILS_LEZEN",
    "SCOPE_KLANTEN_AANMAKEN",
    "SCOPE_KLANTEN_BIJWERKEN",
    "SCOPE_KLANTEN_LEZEN",
    "SCOPE_KLANTEN_VERWIJDEREN",
]
