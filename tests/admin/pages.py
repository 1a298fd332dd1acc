"""The pages of the admin that are about klanten, and what is filled in on them."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from klanten_plugin.domain.klanten.representation import api_name
from klanten_plugin.models import Klant
from klanten_plugin.models.groups import owned_groups, value_fields
from klanten_plugin.models.subjects import subject_accessor

LIST = "/admin/klanten_plugin/klant/"
STAND = "/admin/klanten_plugin/statuspage/"


def klant_page(klant: Klant, page: str = "change") -> str:
    return reverse(f"admin:klanten_plugin_klant_{page}", args=[klant.pk])


def only_klant() -> Klant:
    return Klant.objects.get()


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.content
    content: str = response.content.decode()
    return content


def search(client: Client, term: str, query: str = "") -> Any:
    """What the list shows after searching."""
    return client.post(f"{LIST}zoeken/{query}", {"term": term}, follow=True)


def found(response: Any) -> set[str]:
    """The klantnummers in the list."""
    assert response.status_code == 200
    return {klant.klantnummer for klant in response.context["cl"].result_list}


def form_data(client: Client, url: str, **values: Any) -> dict[str, Any]:
    """The form as the browser would send it, with some other values."""
    page = client.get(url).context["page"]
    data: dict[str, Any] = {"reden-toelichting": ""}
    data["reden-versie"] = page.reason["versie"].value() or ""
    for row in page.root.rows():
        for bound in row.form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = value
    return {**data, **values}


def errors(response: Any) -> dict[str, list[str]]:
    """The errors on a form, by the name of the field; "" is the whole."""
    assert response.status_code == 200, response.content
    page = response.context["page"]
    result: dict[str, list[str]] = {}
    for row in page.root.rows():
        for name, texts in row.form.errors.items():
            key = "" if name == "__all__" else row.form.add_prefix(name)
            result[key] = list(texts)
    return result


def filled_in(body: dict[str, Any]) -> dict[str, Any]:
    """What to fill in for a klant that the API would get as ``body``."""
    subject = subject_accessor(body["subjectType"])
    return {
        **_row(Klant, body, ""),
        **_row_of(Klant, "adres", body.get("adres"), "adres"),
        **_row_of(Klant, subject, body["subjectIdentificatie"], subject),
    }


def _row_of(owner: Any, accessor: str, body: Any, prefix: str) -> dict[str, Any]:
    if body is None:
        return {}
    model = owned_groups(owner)[accessor]
    data = _row(model, body, prefix)
    for nested in owned_groups(model):
        data |= _row_of(
            model, nested, body.get(api_name(nested)), f"{prefix}__{nested}"
        )
    return data


def _row(model: Any, body: dict[str, Any], prefix: str) -> dict[str, Any]:
    data = {}
    for field in value_fields(model):
        value = body.get(api_name(field.name))
        if isinstance(value, list):
            value = "\n".join(value)
        if value is not None:
            data[f"{prefix}-{field.name}" if prefix else field.name] = value
    return data
