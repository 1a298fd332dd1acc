"""The view of the form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from vng_api_common.authorizations.models import Applicatie

from .forms import AutorisatieFormSet


def get_initial(applicatie: Applicatie) -> list[dict[str, Any]]:
    return [
        {"component": one.component, "scopes": " ".join(one.scopes)}
        for one in applicatie.autorisaties.order_by("pk")
    ]


def autorisaties_view(request: HttpRequest, object_id: str) -> HttpResponse:
    applicatie = get_object_or_404(Applicatie, pk=object_id)
    formset = AutorisatieFormSet(
        data=request.POST if request.method == "POST" else None,
        initial=get_initial(applicatie),
        applicatie=applicatie,
    )
    if request.method == "POST" and formset.is_valid():
        formset.save()
        return HttpResponse(status=204)
    data = {field.html_name: field.value() for field in formset.management_form}
    for form in formset:
        data |= {field.html_name: field.value() or "" for field in form}
    return JsonResponse(data)
