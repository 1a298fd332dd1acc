"""How do administrators see memos?"""

from django.contrib import admin

from testapp.memos.models import Memo


@admin.register(Memo)
class MemoAdmin(admin.ModelAdmin):
    """Memos, newest first."""

    list_display = ("onderwerp", "aangemaakt")
    ordering = ("-aangemaakt",)
    search_fields = ("onderwerp",)
