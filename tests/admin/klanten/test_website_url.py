"""A klant without a website, in a host that accepts it."""

from __future__ import annotations

from typing import Any

from django.test import Client

import pytest

from tests.api_client import klant_body

from ..pages import LIST, errors, filled_in, form_data, klant_page, only_klant

URL = f"{LIST}add/?subject_type=natuurlijk_persoon"


@pytest.mark.parametrize("required", [True, False])
def test_as_the_api(beheer: Client, settings: Any, required: bool) -> None:
    settings.KLANTEN_WEBSITE_URL_REQUIRED = required
    values = {**filled_in(klant_body()), "website_url": ""}

    response = beheer.post(URL, form_data(beheer, URL, **values))

    if required:
        assert set(errors(response)) == {"website_url"}
        return
    assert response.status_code == 302
    page = klant_page(only_klant(), "wijzigen")
    changed = form_data(beheer, page, voornaam="Zus")
    assert beheer.post(page, changed).status_code == 302
    assert (only_klant().voornaam, only_klant().website_url) == ("Zus", "")
