"""The API of memos: a second component with separate scopes, next to the plugin's."""

from typing import ClassVar

from rest_framework import mixins, serializers, viewsets
from vng_api_common.audittrails.audits import Audit
from vng_api_common.audittrails.viewsets import AuditTrailCreateMixin
from vng_api_common.caching import conditional_retrieve
from vng_api_common.permissions import AuthScopesRequired
from vng_api_common.scopes import Scope
from vng_api_common.viewsets import CheckQueryParamsMixin

from testapp.memos.models import Memo

LEZEN = Scope("memos.lezen", description="Laat toe om memo's te lezen.")
AANMAKEN = Scope("memos.aanmaken", description="Laat toe om memo's aan te maken.")


class MemoSerializer(serializers.HyperlinkedModelSerializer):
    """Every field of a memo."""

    class Meta:
        model = Memo
        fields = ("url", "onderwerp", "tekst", "aangemaakt")
        extra_kwargs = {"url": {"lookup_field": "uuid"}}


@conditional_retrieve()
class MemoViewSet(
    CheckQueryParamsMixin,
    AuditTrailCreateMixin,
    mixins.CreateModelMixin,
    viewsets.ReadOnlyModelViewSet,
):
    """
    Opvragen en aanmaken van memo's.

    Of this host's own component: permissions are those that an application has on
    AuthorizationsConfig.component.
    """

    queryset = Memo.objects.all()
    serializer_class = MemoSerializer
    lookup_field = "uuid"
    permission_classes = (AuthScopesRequired,)
    required_scopes: ClassVar[dict[str, Scope]] = {
        "list": LEZEN,
        "retrieve": LEZEN,
        "create": AANMAKEN,
    }
    audit = Audit(component_name="memos", main_resource="memo")
