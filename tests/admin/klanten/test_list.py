"""The list of klanten: search, filters, sorting, and their cost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import pytest

from klanten_plugin.admin import paginator
from klanten_plugin.admin.klanten import changelist as klant_list
from klanten_plugin.domain.klanten.lookups import BSN, LIMIT, NUMBERS, facets, lookups
from klanten_plugin.domain.klanten.terms import read_term
from klanten_plugin.models import Klant, NhrState, RolBron
from tests.api_client import URL, ApiClient
from tests.bodies import full_body

from ..pages import LIST, found, search, text_of

NP, NNP, VS = "natuurlijk_persoon", "niet_natuurlijk_persoon", "vestiging"


@pytest.fixture
def klanten(api: ApiClient) -> None:
    """One klant of each kind, without common values."""
    person = full_body(
        NP,
        klantnummer="Np-1",
        voornaam="Jan",
        voorvoegselAchternaam="de",
        achternaam="Vries",
        bedrijfsnaam="",
        emailadres="Jan.deVries@example.nl",
        telefoonnummer="+31 (0)20 123-4567",
    )
    person["adres"] |= {
        "straatnaam": "Cáfestraat",
        "huisnummer": 12,
        "postcode": "1234AB",
    }
    subject = person["subjectIdentificatie"]
    subject |= {"geslachtsnaam": "Éénoog", "geboortedatum": "1980-03-12"}
    subject["verblijfsadres"]["aoaHuisnummer"] = 14
    company = full_body(
        NNP,
        klantnummer="Nnp-2",
        voornaam="",
        achternaam="",
        bedrijfsnaam="1001 Nachten BV",
        emailadres="info@nachten.example.nl",
        telefoonnummer="0612345678",
    )
    company["subjectIdentificatie"]["statutaireNaam"] = "Stichting Duizend"
    branch = full_body(
        VS,
        klantnummer="00000003",
        voornaam="Kees",
        achternaam="Smit",
        bedrijfsnaam="",
        emailadres="",
        telefoonnummer="123 456",
    )
    branch["subjectIdentificatie"] |= {
        "vestigingsNummer": "990000541921",
        "handelsnaam": ["Groene Oase", "Tweede Naam", "Derde Naam"],
        "verblijfsadres": None,
    }
    branch["adres"] |= {"straatnaam": "Weg", "postcode": "8823 SJ"}
    for body in (person, company, branch):
        api.create(**body)
    NhrState.objects.filter(klant__klantnummer="00000003").update(
        kvk_nummer="69599084", outcome="fout"
    )


TERMS = [
    ("Np-1", "Np-1"),
    ("00000003", "00000003"),
    ("900222086", "Np-1"),
    (" 9002 22 086 ", "Np-1"),
    ("1234567890", "Np-1"),
    ("123456782", "Nnp-2"),
    ("990000541921", "00000003"),
    ("69599084", "00000003"),
    ("vries", "Np-1"),
    ("VRI", "Np-1"),
    ("de vries", "Np-1"),
    ("jan vri", "Np-1"),
    ("Jan de Vries", "Np-1"),
    ("Jan van der Vries", "Np-1"),
    ("éénoo", "Np-1"),
    ("1001", "Nnp-2"),
    ("1001 nacht", "Nnp-2"),
    ("stichting d", "Nnp-2"),
    ("groene", "00000003"),
    ("JAN.DEVRIES@EXAMPLE.NL", "Np-1"),
    ("info@", "Nnp-2"),
    ("020 1234567", "Np-1"),
    ("0031201234567", "Np-1"),
    ("+31612345678", "Nnp-2"),
    ("123456", "00000003"),
    ("jan", "Np-1"),
    ("Zoë", "Np-1"),
    ("ZOE", "Np-1"),
    ("eenoog", "Np-1"),
    ("Zoe Eenoog", "Np-1"),
    ("Vries, Jan", "Np-1"),
    ("de Vries, J.", "Np-1"),
    ("Eenoog, Zoë", "Np-1"),
    ("12-03-1980", "Np-1"),
    ("12/3/1980", "Np-1"),
    ("1980-03-12", "Np-1"),
    ("19800312", "Np-1"),
    ("vries 12-3-1980", "Np-1"),
    ("Tweede", "00000003"),
    ("derde n", "00000003"),
    ("1234AB", "Np-1"),
    ("1234 ab 12", "Np-1"),
    ("1234AB12-2", "Np-1"),
    ("ries 1234ab", "Np-1"),
    ("1234 AB, jan", "Np-1"),
    ("oog 1234AB 12", "Np-1"),
    ("Cáfestraat", "Np-1"),
    ("cafestraat 12", "Np-1"),
    ("cafestr 12", "Np-1"),
    ("3511 AB 14", "Np-1"),
    ("oudegracht 14", "Np-1"),
    ("oase 8823SJ", "00000003"),
]


NOT_FOUND = [
    "12345",
    "oog",
    "1234AB 13",
    "1234AB piet",
    "31-2-1980",
    "cafestr",
    "%",
    "_",
    "\\",
    "'",
    "111222333",
    "geen@",
    "x\0y",
    "a" * 500,
]


def test_search(beheer: Client, klanten: None) -> None:
    """One test of all terms, because they can share the klanten that they find."""
    uuid = str(Klant.objects.get(klantnummer="Np-1").uuid)
    expected = {
        **{term: {klantnummer} for term, klantnummer in TERMS},
        "Jan\0Vries": {"Np-1"},
        uuid: {"Np-1"},
        **{term: set() for term in NOT_FOUND},
    }
    assert {term: found(search(beheer, term)) for term in expected} == expected


def test_without_a_term_all_are_shown(beheer: Client, klanten: None) -> None:
    assert found(search(beheer, "  ")) == {"Np-1", "Nnp-2", "00000003"}


def test_what_is_searched_for_is_in_no_address(beheer: Client, klanten: None) -> None:
    """URLs end up in access logs, browser histories and the Referer header."""
    response = search(beheer, "900222086", f"?subject_type__exact={NP}")
    assert all("900222086" not in url for url, _status in response.redirect_chain)
    url = response.redirect_chain[-1][0]
    assert "zoek=" in url
    text = text_of(response)
    assert "subject_type__exact" in url
    # not in links of filters and pages either, only in the search box
    assert text.count("900222086") == 1
    # opening it again, as another tab does
    search(beheer, "vries")
    assert found(beheer.get(f"{LIST}{url.removeprefix('../')}")) == {"Np-1"}


def test_only_the_session_knows_it(
    beheer: Client, medewerker: Callable[..., Client], klanten: None
) -> None:
    url = search(beheer, "900222086").redirect_chain[-1][0].removeprefix("../")
    other = medewerker("view_klant")
    text = text_of(other.get(f"{LIST}{url}"))
    assert "900222086" not in text
    assert "niet meer bekend" in text


class TestSearchByBsn:
    """Finding a klant by BSN reveals whose BSN it is."""

    BSN = "900222086"

    @pytest.mark.parametrize("term", [BSN, "9002 22 086", "900.222.086"])
    def test_it_is_written_down(
        self,
        beheer: Client,
        klanten: None,
        caplog: pytest.LogCaptureFixture,
        term: str,
    ) -> None:
        klant = Klant.objects.get(klantnummer="Np-1")
        with caplog.at_level(logging.INFO, logger="klanten_plugin"):
            assert found(search(beheer, term)) == {"Np-1"}
        entry = LogEntry.objects.get()
        assert entry.object_id == str(klant.pk)
        assert entry.get_change_message() == "Gezocht op BSN."
        assert entry.user.get_username() == "beheer"
        [line] = [each for each in caplog.messages if "bsn_searched" in each]
        assert str(klant.uuid) in line
        assert self.BSN not in f"{caplog.text} {entry.object_repr}"

    def test_it_needs_the_right_to_see_one(
        self, medewerker: Callable[..., Client], klanten: None
    ) -> None:
        client = medewerker("view_klant", "change_klant")
        response = search(client, self.BSN)
        assert found(response) == set()
        text = text_of(response)
        assert "niet op BSN gezocht" in text
        assert "BSN" not in text_of(search(client, "vries"))
        assert not LogEntry.objects.exists()
        # other numbers with nine digits are found
        assert found(search(client, "123456782")) == {"Nnp-2"}

    def test_the_right_is_enough(
        self, medewerker: Callable[..., Client], klanten: None
    ) -> None:
        client = medewerker("view_klant", "view_bsn")
        assert found(search(client, self.BSN)) == {"Np-1"}
        assert LogEntry.objects.count() == 1

    def test_a_right_that_was_taken_back(
        self, medewerker: Callable[..., Client], klanten: None
    ) -> None:
        client = medewerker("view_klant", "view_bsn")
        response = search(client, self.BSN)
        url = response.redirect_chain[-1][0].removeprefix("../")
        rights = get_user_model().objects.get().user_permissions
        rights.remove(rights.get(codename="view_bsn"))
        assert found(client.get(f"{LIST}{url}")) == set()

    def test_each_klant_is_written_down_once_for_a_search(
        self, beheer: Client, api: ApiClient, klanten: None
    ) -> None:
        response = search(beheer, self.BSN)
        url = f"{LIST}{response.redirect_chain[-1][0].removeprefix('../')}"
        beheer.get(url)
        assert LogEntry.objects.count() == 1
        # one that didn't exist yet
        api.create(**full_body(NP, klantnummer="Np-4"))
        assert found(beheer.get(url)) == {"Np-1", "Np-4"}
        assert LogEntry.objects.count() == 2
        search(beheer, self.BSN)
        assert LogEntry.objects.count() == 4

    def test_filters_hide_nobody_from_it(self, beheer: Client, klanten: None) -> None:
        response = search(beheer, self.BSN, f"?subject_type__exact={VS}")
        assert found(response) == set()
        assert LogEntry.objects.count() == 1

    @pytest.mark.parametrize("term", ["Np-1", "vries", "1234567890", "900222"])
    def test_other_searches_are_nobodys_business(
        self, beheer: Client, klanten: None, term: str
    ) -> None:
        search(beheer, term)
        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("lookup", ["", "__startswith", "__regex", "__in"])
    def test_an_address_finds_nobody(
        self, beheer: Client, klanten: None, lookup: str
    ) -> None:
        """The admin's own filters in the URL can't be used for a BSN."""
        query = f"?subject_natuurlijk_persoon__inp_bsn{lookup}={self.BSN}"
        assert beheer.get(f"{LIST}{query}").status_code in (302, 400)


@pytest.mark.once
def test_the_oldest_searches_are_forgotten(beheer: Client, klanten: None) -> None:
    search(beheer, "900222086")
    for number in range(klant_list.KEPT + 5):
        search(beheer, f"term {number}")
    assert len(beheer.session[klant_list.SESSION_KEY]) == klant_list.KEPT
    kept = dict(beheer.session.items())
    ours = [key for key in kept if key.startswith("klanten_plugin")]
    assert ours == [klant_list.SESSION_KEY]


def test_a_search_is_posted(beheer: Client, klanten: None) -> None:
    assert beheer.get(f"{LIST}zoeken/").status_code == 405
    # the admin's own parameter isn't used for searching
    assert len(found(beheer.get(f"{LIST}?q=900222086"))) == 3


def test_a_bsn_is_masked(beheer: Client, klanten: None) -> None:
    text = text_of(beheer.get(LIST))
    assert "900222086" not in text
    assert "\N{BULLET}" * 6 + "086" in text
    assert "990000541921" in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"subject_type__exact={VS}", {"00000003"}),
        ("nhr=fout", {"00000003"}),
        (f"subject_type__exact={VS}&nhr=fout", {"00000003"}),
        (f"subject_type__exact={NNP}&nhr=nieuw", {"Nnp-2"}),
        (f"subject_type__exact={NP}&nhr=fout", set()),
        ("nhr=onzin", {"Np-1", "Nnp-2", "00000003"}),
        ("bronorganisatie=123456782", {"Np-1", "Nnp-2", "00000003"}),
    ],
)
def test_filters(beheer: Client, klanten: None, query: str, expected: set[str]) -> None:
    assert found(beheer.get(f"{LIST}?{query}")) == expected


def test_persons_are_not_sought_in_the_nhr(beheer: Client, klanten: None) -> None:
    """It has none, so that PostgreSQL would read all klanten for nothing."""
    with CaptureQueriesContext(connection) as captured:
        beheer.get(f"{LIST}?subject_type__exact={NP}&nhr=actueel")
    listing = [each["sql"] for each in captured.captured_queries]
    assert not [sql for sql in listing if "klanten_plugin_nhrstand" in sql]


def test_organisations_to_choose_from(beheer: Client, klanten: None) -> None:
    assert "?bronorganisatie=" not in text_of(beheer.get(LIST))
    Klant.objects.filter(klantnummer="Np-1").update(bronorganisatie="000000012")
    text = text_of(beheer.get(LIST))
    assert "?bronorganisatie=000000012" in text
    assert "?bronorganisatie=123456782" in text
    assert found(beheer.get(f"{LIST}?bronorganisatie=000000012")) == {"Np-1"}


def test_who_may_not_see_the_nhr(
    medewerker: Callable[..., Client], klanten: None
) -> None:
    client = medewerker("view_klant")
    assert "?nhr=" not in text_of(client.get(LIST))
    assert len(found(client.get(LIST))) == 3


def test_pages_end_somewhere(
    beheer: Client, klanten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "er zijn er meer" not in text_of(beheer.get(LIST))
    monkeypatch.setattr(paginator, "MOST", 2)
    text = text_of(beheer.get(LIST))
    assert "Dit zijn de eerste 2; er zijn er meer." in text


def copy_klanten(count: int) -> None:
    """Create many klanten with all their groups."""
    with connection.cursor() as cursor:
        cursor.execute(COPIES, {"count": count})
        for table in ("klant", "natuurlijkpersoon", "nietnatuurlijkpersoon"):
            cursor.execute(f"ANALYZE klanten_plugin_{table}")
        for table in ("klantadres", "verblijfsadres"):
            cursor.execute(f"ANALYZE klanten_plugin_{table}")
        for table in ("vestiging", "nhrstand", "outboxtask"):
            cursor.execute(f"ANALYZE klanten_plugin_{table}")


COPIES = """
ALTER TABLE klanten_plugin_klant DISABLE TRIGGER USER;
WITH made AS (
    INSERT INTO klanten_plugin_klant (uuid, bronorganisatie, klantnummer, bedrijfsnaam,
        functie, website_url, voornaam, voorvoegsel_achternaam, achternaam,
        telefoonnummer, emailadres, subject, subject_type, etag)
    SELECT gen_random_uuid(), '111222333', 'K' || n, 'Bedrijf ' || md5(n::text), '', '',
        'Piet', '', 'Naam ' || md5(n::text), '06' || lpad(n::text, 8, '0'),
        md5(n::text) || '@example.nl', '',
        (array['natuurlijk_persoon', 'niet_natuurlijk_persoon', 'vestiging'])[1 + n %% 3],
        ''
    FROM generate_series(1, %(count)s) AS n
    RETURNING id, subject_type
), address AS (
    INSERT INTO klanten_plugin_klantadres (klant_id, straatnaam, huisnummer, huisletter,
        huisnummertoevoeging, postcode, woonplaatsnaam, landcode)
    SELECT id, 'Straat ' || id, id %% 300, '', '', (1300 + id %% 8000) || 'XX', 'Plaats',
        '6030' FROM made
), person AS (
    INSERT INTO klanten_plugin_natuurlijkpersoon (klant_id, inp_bsn, anp_identificatie,
        inp_a_nummer, geslachtsnaam, voorvoegsel_geslachtsnaam, voorletters, voornamen,
        geslachtsaanduiding, geboortedatum)
    SELECT id, lpad(id::text, 9, '1'), '', lpad(id::text, 10, '2'), 'Stam ' || id, '', '',
        'Piet', '', '1990' || lpad(id::text, 4, '0')
    FROM made WHERE subject_type = 'natuurlijk_persoon'
    RETURNING id
), residence AS (
    INSERT INTO klanten_plugin_verblijfsadres (natuurlijk_persoon_id, aoa_identificatie,
        wpl_woonplaats_naam, gor_openbare_ruimte_naam, aoa_postcode, aoa_huisnummer,
        aoa_huisletter, aoa_huisnummertoevoeging, inp_locatiebeschrijving)
    SELECT id, '', 'Plaats', 'Gracht ' || id, (1300 + id %% 8000) || 'YY', id %% 300,
        '', '', '' FROM person
), company AS (
    INSERT INTO klanten_plugin_nietnatuurlijkpersoon (klant_id, inn_nnp_id,
        ann_identificatie, statutaire_naam, inn_rechtsvorm, bezoekadres)
    SELECT id, lpad(id::text, 9, '3'), '', 'Statuten ' || id, '', ''
    FROM made WHERE subject_type = 'niet_natuurlijk_persoon'
), branch AS (
    INSERT INTO klanten_plugin_vestiging (klant_id, vestigings_nummer, handelsnaam)
    SELECT id, lpad(id::text, 12, '4'), array['Handel ' || id]
    FROM made WHERE subject_type = 'vestiging'
)
INSERT INTO klanten_plugin_nhrstand (klant_id, soort, nummer, kvk_nummer, herkomst,
    opmerkingen, uitkomst, answers, gone, turn)
SELECT id, 'vestiging', lpad(id::text, 12, '4'), lpad(id::text, 8, '5'), '{}', '[]',
    'actueel', '{}', false, 1 FROM made WHERE subject_type = 'vestiging';
ALTER TABLE klanten_plugin_klant ENABLE TRIGGER USER;
"""


@pytest.fixture
def large_register(klanten: None) -> None:
    """A register in which reading a complete table costs more than an index scan."""
    # ALTER TABLE fails while deferred triggers are pending
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    copy_klanten(6000)


@pytest.mark.once
def test_no_search_reads_a_whole_table(large_register: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone() == ("on",)
    terms = [term for term, _klantnummer in TERMS]
    for term in terms:
        numbers = (*NUMBERS, *BSN)
        typed = read_term(term)
        for found_rows, _klant in (*lookups(typed, numbers), *facets(typed)):
            plan = found_rows[: LIMIT + 1].explain()
            assert "Seq Scan" not in plan, (term, plan)
            assert "Index" in plan, (term, plan)


@pytest.mark.once
def test_a_street_of_very_many_is_read_once(large_register: None) -> None:
    """Addresses of one kind of owner aren't skipped to find those of another."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE klanten_plugin_verblijfsadres SET aoa_huisnummer = 12")
        cursor.execute(
            "UPDATE klanten_plugin_verblijfsadres"
            " SET gor_openbare_ruimte_naam = 'Oudegracht'"
        )
        cursor.execute("ANALYZE klanten_plugin_verblijfsadres")
    found = [
        found_rows[: LIMIT + 1].explain(analyze=True)
        for found_rows, _klant in lookups(read_term("oudegracht 12"), NUMBERS)
    ]
    [plan] = [plan for plan in found if "klanten_plugin_verblijfsadres" in plan]
    assert "Index Cond" in plan
    assert "Rows Removed by Filter" not in plan, plan


@pytest.mark.once
def test_a_search_that_finds_very_many_says_so(
    beheer: Client, large_register: None
) -> None:
    """The page reports that the result is truncated, as filters only apply to it."""
    text = text_of(search(beheer, "naam"))
    assert f"Er zijn meer dan {LIMIT} klanten die hiermee beginnen" in text
    for term in ("vries", "onbekend", "K77"):
        assert "Er zijn meer dan" not in text_of(search(beheer, term))


@pytest.mark.once
def test_filters_see_everything_that_a_search_finds(
    beheer: Client, klanten: None
) -> None:
    """Even if it finds many more rows than fit on a page."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    copy_klanten(1500)
    response = search(beheer, "naam", f"?subject_type__exact={VS}")
    assert response.context["cl"].result_count == 500
    assert "Er zijn meer dan" not in text_of(response)


NAME, CHANGED = 2, 6
"""The sortable columns, by their number in the URL."""


def order_of(response: Any) -> list[str]:
    return [klant.klantnummer for klant in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (NAME, ["Nnp-2", "00000003", "Np-1"]),
        (-NAME, ["Np-1", "00000003", "Nnp-2"]),
        (CHANGED, ["Nnp-2", "00000003", "Np-1"]),
        (-CHANGED, ["Np-1", "00000003", "Nnp-2"]),
    ],
)
def test_sorting(
    beheer: Client, api: ApiClient, klanten: None, order: int, expected: list[str]
) -> None:
    uuid = Klant.objects.get(klantnummer="Np-1").uuid
    assert api.patch(f"{URL}/{uuid}", {"functie": "x"}).status_code == 200
    assert order_of(beheer.get(f"{LIST}?o={order}")) == expected
    found_too = search(beheer, "1015CJ 117", f"?o={order}")
    assert order_of(found_too) == [one for one in expected if one == "Nnp-2"]


def test_sorting_says_that_there_are_more(
    beheer: Client, klanten: None, monkeypatch: Any
) -> None:
    monkeypatch.setattr(klant_list, "MOST", 2)
    response = beheer.get(f"{LIST}?o={NAME}")
    assert order_of(response) == ["Nnp-2", "00000003"]
    assert "Er zijn meer klanten dan de nieuwste 2" in text_of(response)


PAGES = [
    "",
    f"?subject_type__exact={NNP}",
    "?nhr=fout",
    "?bronorganisatie=123456782",
    f"?subject_type__exact={VS}&nhr=actueel",
]


@pytest.mark.once
def test_no_page_counts_or_sorts_all(beheer: Client, large_register: None) -> None:
    for query in PAGES:
        with CaptureQueriesContext(connection) as captured:
            assert beheer.get(f"{LIST}{query}").status_code == 200
        listing = [
            each["sql"]
            for each in captured.captured_queries
            if 'FROM "klanten_plugin_klant"' in each["sql"]
        ]
        counts = [sql for sql in listing if "COUNT(" in sql]
        assert counts, query
        assert all("LIMIT" in sql for sql in counts), query
        [page] = [sql for sql in listing if sql not in counts]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {page}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on klanten_plugin_klant " not in plan, (query, plan)


def test_a_page_is_a_constant_number_of_queries(beheer: Client, klanten: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            beheer.get(LIST)
        return len(captured)

    few = queries()
    copy_klanten(45)
    assert queries() == few
    # session, user, organisations, count, page
    assert few <= 9


class TestActions:
    def act(self, client: Client, action: str, **data: Any) -> Any:
        chosen = list(Klant.objects.values_list("pk", flat=True))
        data = {"action": action, "_selected_action": chosen, **data}
        return client.post(LIST, data, follow=True)

    def test_nothing_to_ask(self, beheer: Client, klanten: None) -> None:
        assert "geen bron" in text_of(self.act(beheer, "verversen"))

    def test_too_many_at_once(
        self, beheer: Client, klanten: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from klanten_plugin.admin.klanten import model_admin as module

        monkeypatch.setattr(module, "MOST_AT_ONCE", 2)
        for action in ("verversen", "rollen_ophalen"):
            assert "ten hoogste 2" in text_of(self.act(beheer, action))

    def test_all_are_never_deleted_at_once(self, beheer: Client, klanten: None) -> None:
        assert "delete_selected" not in text_of(beheer.get(LIST))
        self.act(beheer, "delete_selected", post="yes")
        assert Klant.objects.count() == 3

    def test_who_may_only_look(
        self, medewerker: Callable[..., Client], klanten: None
    ) -> None:
        client = medewerker("view_klant")
        text = text_of(client.get(LIST))
        assert 'name="action"' not in text
        for action in ("verversen", "rollen_ophalen", "delete_selected"):
            self.act(client, action, post="yes")
        assert Klant.objects.count() == 3
        assert not RolBron.objects.exists()


def test_who_may_not_look(medewerker: Callable[..., Client], klanten: None) -> None:
    client = medewerker("view_klantrol")
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}zoeken/", {"term": "x"}).status_code == 403
