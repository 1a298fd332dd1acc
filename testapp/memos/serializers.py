"""How is a memo written in JSON?"""

from rest_framework import serializers

from testapp.memos.models import Memo


class MemoSerializer(serializers.HyperlinkedModelSerializer):
    """All there is to know about a memo."""

    class Meta:
        model = Memo
        fields = ("url", "onderwerp", "tekst", "aangemaakt")
        extra_kwargs = {"url": {"lookup_field": "uuid"}}
