"""What can consumers do with memos?"""

from typing import ClassVar

from rest_framework import mixins, viewsets
from vng_api_common.audittrails.audits import Audit
from vng_api_common.audittrails.viewsets import AuditTrailCreateMixin
from vng_api_common.caching import conditional_retrieve
from vng_api_common.permissions import AuthScopesRequired
from vng_api_common.scopes import Scope
from vng_api_common.viewsets import CheckQueryParamsMixin

from testapp.memos.models import Memo
from testapp.memos.scopes import SCOPE_MEMOS_AANMAKEN, SCOPE_MEMOS_LEZEN
from testapp.memos.serializers import MemoSerializer


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
        "list": SCOPE_MEMOS_LEZEN,
        "retrieve": SCOPE_MEMOS_LEZEN,
        "create": SCOPE_MEMOS_AANMAKEN,
    }
    audit = Audit(component_name="memos", main_resource="memo")
