"""Helpers for the admin pages of klanten and their forms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import reverse

from lxml import html

from klanten_plugin.domain.klanten.representation import api_name
from klanten_plugin.models import Klant
from klanten_plugin.models.groups import owned_groups, value_fields
from klanten_plugin.models.subjects import subject_accessor

LIST = "/admin/klanten_plugin/klant/"
STAND = "/admin/klanten_plugin/statuspage/"
OURS = {
    model: model_admin
    for model, model_admin in admin.site._registry.items()
    if model._meta.app_label == "klanten_plugin"
}
"""The models of this project in the admin."""


def klant_page(klant: Klant, page: str = "change") -> str:
    return reverse(f"admin:klanten_plugin_klant_{page}", args=[klant.pk])


def only_klant() -> Klant:
    return Klant.objects.get()


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.content
    content: str = response.content.decode()
    return content


def body_text(response: Any) -> str:
    """Return the text of our part of the page, including screen reader texts."""
    text_of(response)
    return readable_text(response)


def readable_text(response: Any) -> str:
    """Like :func:`body_text`, for a page with any status."""
    page = html.fromstring(response.content)
    content = page.get_element_by_id("container")
    for other in content.xpath(".//*[@id='nav-sidebar' or @id='header']|.//script"):
        other.drop_tree()
    names = ("aria-label", "title", "placeholder", "data-kop")
    attributes = [value for name in names for value in content.xpath(f".//@{name}")]
    fields = "//input[@type='submit' or @type='button']/@value"
    return "\n".join(
        [*content.xpath(".//text()"), *attributes, *content.xpath(f".{fields}")]
    )


def search(client: Client, term: str, query: str = "") -> Any:
    """Return the list after a search."""
    return client.post(f"{LIST}zoeken/{query}", {"term": term}, follow=True)


def found(response: Any) -> set[str]:
    """Return the klantnummers in the list."""
    assert response.status_code == 200
    return {klant.klantnummer for klant in response.context["cl"].result_list}


def form_data(client: Client, url: str, **values: Any) -> dict[str, Any]:
    """Return what a browser would submit from the page at ``url`` with changed values.

    Only fields that are on the page can be changed.
    """
    form = _form(client.get(url))
    data = {each.name: _typed(each.value) for each in form.inputs if _is_sent(each)}
    missing = values.keys() - set(form.fields.keys())
    assert not missing
    return {**data, **values}


def fields_on(response: Any) -> list[str]:
    """Return the names of the fields on the page of a klant, from top to bottom."""
    shown = _form(response).xpath(".//fieldset//*[@name]")
    return [element.get("name") for element in shown]


def _form(response: Any) -> Any:
    form = html.fromstring(text_of(response)).get_element_by_id("klant_form")
    assert form.method == "POST"
    return form


def _is_sent(element: Any) -> bool:
    kind = element.get("type")
    if kind == "checkbox":
        return bool(element.checked)
    return element.name is not None and kind != "submit"


def _typed(value: str | None) -> str:
    """Return the text of an input. In HTML, a textarea may begin on the next line."""
    return (value or "").removeprefix("\n")


def errors(response: Any) -> dict[str, list[str]]:
    """Return the errors on the page by field name; "" is the complete form."""
    result: dict[str, list[str]] = {}
    for error in _form(response).xpath(".//ul[contains(@class, 'errorlist')]/li"):
        rows = error.xpath("ancestor::div[contains(@class, 'form-row')]")
        name = rows[0].xpath(".//@name")[0] if rows else ""
        result.setdefault(name, []).append(error.text)
    return result


def filled_in(body: dict[str, Any]) -> dict[str, Any]:
    """Return the form values for a klant that the API would get as ``body``."""
    subject = subject_accessor(body["subjectType"])
    own = _row(Klant, body, "")
    del own["subject_type"]  # in the URL of the page
    return {
        **own,
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
