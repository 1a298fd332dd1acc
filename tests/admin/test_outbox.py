"""The outbox in the admin: view, search, retry, give up. Rows can't be edited."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pytest

from klanten_plugin.constants import OutboxState
from klanten_plugin.models import OutboxRow
from tests.api_client import ApiClient
from tests.outbox import REFRESH, Remote, add, ago, states

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("django.contrib.admin"), reason="this host has no admin"
    ),
]

LIST = "/admin/klanten_plugin/outboxrow/"


@pytest.fixture
def admin(client: Any) -> Any:
    """A client of a superuser."""
    user = get_user_model().objects.create_superuser("beheerder", password="geheim")
    client.force_login(user)
    return client


@pytest.fixture
def staff(client: Any) -> Any:
    """Return a client of a user with some permissions on the outbox."""

    def log_in(*actions: str) -> Any:
        permission = apps.get_model("auth", "Permission")
        user = get_user_model().objects.create_user("kijker", is_staff=True)
        names = [f"{action}_outboxrow" for action in actions]
        user.user_permissions.set(permission.objects.filter(codename__in=names))
        client.force_login(user)
        return client

    return log_in


def keys_in(response: Any) -> set[str]:
    assert response.status_code == 200
    return {task.object_key for task in response.context["cl"].result_list}


def act(client: Any, action: str, *tasks: OutboxRow, **more: str) -> Any:
    chosen = [task.pk for task in tasks]
    data = {"action": action, "_selected_action": chosen, **more}
    return client.post(LIST, data, follow=True)


def texts(response: Any) -> list[tuple[str, str]]:
    return [(each.level_tag, each.message) for each in response.context["messages"]]


def test_the_list_says_why(admin: Any) -> None:
    add("a", state=OutboxState.GIVEN_UP, last_error="De overkant wil dit niet.")
    page = admin.get(LIST).content.decode()
    assert "De overkant wil dit niet." in page
    assert "Opgegeven" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"a", "b", "c"}),
        ("?state__exact=given_up", {"b"}),
        ("?kind__exact=notification", {"a", "b"}),
        ("?q=b", {"b"}),
        ("?q=nowhere", set()),
    ],
)
def test_filters(admin: Any, query: str, expected: set[str]) -> None:
    add("a")
    add("b", state=OutboxState.GIVEN_UP)
    add("c", kind=REFRESH)
    assert keys_in(admin.get(f"{LIST}{query}")) == expected


def test_opnieuw(admin: Any) -> None:
    later = timezone.now() + timedelta(hours=1)
    tasks = [
        add("a", state="given_up", attempts=9, settled_at=ago(days=1)),
        add("b", next_attempt_at=later),
        add("c", state="done", settled_at=ago(days=1)),
        add("d", state="given_up", attempts=9, settled_at=ago(days=1)),
    ]
    response = act(admin, "opnieuw", *tasks[:3])
    assert texts(response) == [("success", "2 taken worden opnieuw geprobeerd.")]
    assert Remote().run().done == 2
    assert states()["d"] == ["given_up"]


def test_opgeven(admin: Any) -> None:
    waits = add("a", last_error="Geen antwoord.")
    runs = add("b", state="running", lease_until=ago(hours=-1))
    asked = act(admin, "opgeven", waits, runs)
    assert "U geeft 2 taken op." in asked.content.decode()
    assert states() == {"a": ["waiting"], "b": ["running"]}
    response = act(admin, "opgeven", waits, runs, bevestigd="ja")
    assert texts(response) == [("success", "1 taak is opgegeven.")]
    waits.refresh_from_db()
    assert waits.state == "given_up"
    assert waits.last_error == "Opgegeven door beheerder. Geen antwoord."
    assert states()["b"] == ["running"]


def test_search_by_klantnummer(admin: Any, api: ApiClient) -> None:
    klant = api.create(klantnummer="Kn-1")
    OutboxRow.objects.all().delete()
    add(klant["url"].rpartition("/")[2])
    add("another")
    assert keys_in(admin.get(f"{LIST}?q=Kn-1")) == {klant["url"].rpartition("/")[2]}
    assert keys_in(admin.get(f"{LIST}?q=Kn-2")) == set()


@pytest.mark.parametrize(("query", "is_said"), [("", False), ("?q=a", True)])
def test_how_many_were_found_is_only_said_after_a_search(
    admin: Any, query: str, is_said: bool
) -> None:
    add("a")
    assert ("1 gevonden" in admin.get(LIST + query).content.decode()) == is_said


@pytest.mark.parametrize("action", ["opnieuw", "opgeven"])
def test_nothing_to_do_is_said(admin: Any, action: str) -> None:
    done = act(admin, action, add("a", state="done"), bevestigd="ja")
    [(level, _text)] = texts(done)
    assert level == "warning"


def test_one_row_is_shown_and_never_saved(admin: Any) -> None:
    """Saving stale values would undo changes by a worker."""
    task = add("a", last_error="De overkant is stuk.")
    url = f"{LIST}{task.pk}/change/"
    page = admin.get(url)
    assert "De overkant is stuk." in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    assert 'name="_continue"' not in page.content.decode()
    before = OutboxRow.objects.values().get()
    assert admin.post(url, {"state": "done", "_save": "1"}).status_code == 403
    assert OutboxRow.objects.values().get() == before


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_none_is_added_or_deleted(admin: Any, path: str) -> None:
    task = add("a")
    url = LIST + path.format(pk=task.pk)
    assert admin.get(url).status_code == 403
    assert admin.post(url, {"post": "yes"}).status_code == 403
    assert OutboxRow.objects.get() == task
    assert "delete_selected" not in admin.get(LIST).content.decode()


class TestPermissions:
    def test_who_may_look_may_only_look(self, staff: Any) -> None:
        task = add("a")
        client = staff("view")
        assert keys_in(client.get(LIST)) == {"a"}
        assert client.get(f"{LIST}{task.pk}/change/").status_code == 200
        assert 'value="opnieuw"' not in client.get(LIST).content.decode()
        act(client, "opgeven", task, bevestigd="ja")
        assert states() == {"a": ["waiting"]}

    def test_who_may_change_may_act(self, staff: Any) -> None:
        task = add("a")
        act(staff("view", "change"), "opgeven", task, bevestigd="ja")
        task.refresh_from_db()
        assert task.last_error == "Opgegeven door kijker."

    def test_who_may_neither_sees_nothing(self, staff: Any) -> None:
        assert staff().get(LIST).status_code == 403


def test_a_page_is_a_constant_number_of_queries(admin: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(LIST)
        return len(captured)

    add("a")
    few = queries()
    for each in range(40):
        add(f"k-{each}")
    assert queries() == few
