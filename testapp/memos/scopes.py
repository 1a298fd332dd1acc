"""Which permissions does the memos API know?"""

from vng_api_common.scopes import Scope

SCOPE_MEMOS_LEZEN = Scope("memos.lezen", description="Laat toe om memo's te lezen.")
SCOPE_MEMOS_AANMAKEN = Scope(
    "memos.aanmaken", description="Laat toe om memo's aan te maken."
)
