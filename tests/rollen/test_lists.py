"""Lists with cycles or contradictions."""

from __future__ import annotations

from typing import Any

import pytest
from zgw_consumers.constants import AuthTypes
from zgw_consumers.models import Service

from klanten_plugin.clients.rollen.lists import RollenClient
from klanten_plugin.clients.rollen.reading import RelatiePage
from klanten_plugin.constants import RolSoort
from klanten_plugin.exceptions import PermanentRemoteError, TemporaryRemoteError
from klanten_plugin.models import RolBron
from klanten_plugin.models.relaties import Unusable
from klanten_plugin.sync.rollen.lists import SPARE_PAGES, Walk, read_next

ROOT = "https://cm.example.nl/api/v1"


def page(number: int, rows: int, count: int) -> RelatiePage:
    unusable = [Unusable(key, "onbruikbaar") for key in range(rows)]
    return RelatiePage([], count, number + 1, unusable)


@pytest.mark.parametrize(
    ("rows", "count", "pages"), [(10, 95, 10), (10, 100, 10), (0, 3, 3), (10, 0, 0)]
)
def test_a_list_may_grow_so_much_and_no_more(rows: int, count: int, pages: int) -> None:
    walk = Walk()
    most = pages * 2 + SPARE_PAGES
    for number in range(1, most + 1):
        assert walk.take(page(number, rows, count))
    with pytest.raises(PermanentRemoteError, match="houdt niet op"):
        walk.take(page(most + 1, rows, count))


PROBLEM = {
    "code": "not_found",
    "title": "",
    "status": 404,
    "detail": "",
    "instance": "",
}
NOT_FOUND = {
    "status_code": 404,
    "json": PROBLEM,
    "headers": {"Content-Type": "application/problem+json"},
}


def rows_of(size: int) -> list[dict[str, str]]:
    """Create relations with an empty klant, which can't be used."""
    root = f"{ROOT}/klantcontactmomenten"
    return [{"url": f"{root}/{number}", "klant": ""} for number in range(size)]


@pytest.fixture
def client(db: Any) -> RollenClient:
    service = Service.objects.create(
        label="Contactmomenten",
        slug="cm",
        api_root=f"{ROOT}/",
        auth_type=AuthTypes.no_auth,
    )
    return RollenClient(RolBron(service=service, soort=RolSoort.CONTACTMOMENTEN))


@pytest.mark.parametrize(
    ("size", "count", "left", "is_end"),
    [
        (10, 15, 11, False),
        (10, 15, 10, True),
        (10, 15, 9, True),
        (10, 15, 0, True),
        (10, 10, 10, True),
        (1, 2, 2, False),
        (1, 2, 1, True),
    ],
)
def test_a_page_that_is_not_there_any_more(
    client: RollenClient,
    requests_mock: Any,
    size: int,
    count: int,
    left: int,
    is_end: bool,
) -> None:
    """The list became so short that the page doesn't exist, so it is the end."""
    url = f"{ROOT}/klantcontactmomenten"
    following = {"next": f"{url}?page=2", "results": rows_of(size)}
    requests_mock.get(
        url,
        [
            {"json": {"count": count, **following}},
            NOT_FOUND,
            {"json": {"count": left, **following}},
        ],
    )
    walk, filters = Walk(), {"klant": "https://x.nl/1"}
    assert read_next(client, walk, filters)
    walk.drops = 3
    if is_end:
        assert read_next(client, walk, filters) is None
        assert (walk.count, walk.drops) == (left, 3 + count - left)
    else:
        with pytest.raises(TemporaryRemoteError, match="heeft pagina 2 niet"):
            read_next(client, walk, filters)
    # the same list, from the beginning
    assert requests_mock.last_request.qs == {"klant": ["https://x.nl/1"]}
