"""Operators get texts in the language of their host: Dutch or English, never both."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.checks import run_checks
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.module_loading import import_string

import pytest

import klanten_plugin
from klanten_plugin.constants import OutboxKind
from klanten_plugin.exceptions import PermanentRemoteError
from klanten_plugin.models import OutboxRow
from tests.outbox import Remote

PACKAGE = Path(klanten_plugin.__file__).parent
FOLDERS = (
    *("checks", "management", "setup_configuration"),
    *("clients", "sync", "domain"),
)
DUTCH = frozenset(
    [
        "de",
        "het",
        "een",
        "niet",
        "geen",
        "wordt",
        "worden",
        "zijn",
        "van",
        "voor",
        "naar",
        "met",
        "bij",
        "nog",
        "wel",
        "maar",
        "dit",
        "deze",
        "dat",
        "draai",
        "kies",
        "zet",
        "geef",
        "controleer",
        "antwoordt",
        "antwoordde",
        "bestaat",
        "ontbreekt",
        "klaar",
        "mislukt",
        "opnieuw",
        "uit",
        "aan",
        "te",
        "staat",
        "wat",
        "zoals",
        "meer",
        "dan",
        "nieuw",
        "gelijk",
        "geweigerd",
        "hersteld",
        "verwijderd",
        "opgegeven",
        "werkelijk",
        "alles",
        "nooit",
        "toon",
        "wijzig",
        "herstel",
    ]
)
TRANSLATORS = frozenset(
    [
        "_",
        "gettext",
        "gettext_lazy",
        "gettext_noop",
        "ngettext",
        "ngettext_lazy",
        "pgettext",
    ]
)
SAYS = frozenset(
    [
        "write",
        "say",
        "CommandError",
        "SetupError",
        "UnusableState",
        "CheckWarning",
        "Error",
        "Warning",
        "Info",
        "TemporaryRemoteError",
        "PermanentRemoteError",
        "ConfigurationError",
        "NotNow",
        "Postponed",
        "good",
        "bad",
        "warning",
        "skipped",
        "DoesNotFit",
    ]
)
"""Calls with a literal argument that operators read."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in FOLDERS:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text())


def text_of(node: ast.AST) -> str:
    """Return the text of a literal, or "" for another node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(
            str(part.value) for part in node.values if isinstance(part, ast.Constant)
        )
    return ""


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def untranslated(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every node except docstrings and arguments of gettext."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Call) and name_of(node) in TRANSLATORS:
            continue
        yield node
        if not isinstance(node, ast.JoinedStr):
            waiting.extend(ast.iter_child_nodes(node))


def is_dutch(text: str) -> bool:
    """Return whether a sentence has Dutch words. Ignores identifiers and SQL."""
    words = re.findall(r"[a-zà-ü]+", text)
    return " " in text.strip() and bool(DUTCH & set(words))


def test_no_dutch_sentence_without_gettext() -> None:
    found = [
        f"{path}:{node.lineno}: {text_of(node)}"  # type: ignore[attr-defined]
        for path, tree in sources()
        for node in untranslated(tree)
        if is_dutch(text_of(node))
    ]
    assert not found


def test_what_operators_read_is_given_to_gettext() -> None:
    """Including words that are currently the same in both languages."""
    found = [
        f"{path}:{call.lineno}: {text_of(argument)}"
        for path, tree in sources()
        for call in untranslated(tree)
        if isinstance(call, ast.Call) and name_of(call) in SAYS
        for argument in (*call.args, *(word.value for word in call.keywords))
        if " " in text_of(argument).strip()
        and re.search(r"[a-z]{4} [a-z]+", text_of(argument))
    ]
    assert not found


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ("De service antwoordt niet.", True),
        ("klant-list", False),
        ("kind = %(kind)s", False),
        ("nothing is due any more", False),
    ],
)
def test_the_search_tells_dutch_from_other_texts(text: str, dutch: bool) -> None:
    assert is_dutch(text) is dutch


@pytest.fixture
def english(settings: Any) -> Iterator[None]:
    """A host whose language is English."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


OURS = sorted(
    name for name, app in get_commands().items() if str(app) == "klanten_plugin"
)


@pytest.mark.parametrize("name", OURS)
def test_the_help_of_a_command(english: None, name: str) -> None:
    command: BaseCommand = import_string(
        f"klanten_plugin.management.commands.{name}.Command"
    )()
    shown = command.create_parser("manage.py", name).format_help()
    assert not is_dutch(shown)
    with translation.override("nl"):
        assert command.create_parser("manage.py", name).format_help() != shown


@pytest.mark.django_db
def test_system_checks(english: None, settings: Any) -> None:
    settings.KLANTEN_SUBJECT_HOSTS = "all"
    settings.KLANTEN_MISSPELLED = 1
    settings.KLANTEN_PUBLIC_URL = "nowhere"
    settings.MIDDLEWARE = []
    settings.REST_FRAMEWORK = {}
    messages = [
        message
        for message in run_checks(databases=["default"])
        if str(message.id).startswith("klanten_plugin.")
    ]
    assert len(messages) >= 6
    assert not [m for m in messages if is_dutch(f"{m.msg} {m.hint}")]


@pytest.mark.django_db
def test_the_doctor(english: None) -> None:
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("klanten_doctor", "--timeout", "0.5", stdout=output)
    lines = output.getvalue().splitlines()
    assert len(lines) > 10
    assert not [line for line in lines if is_dutch(line)]


@pytest.mark.django_db
def test_a_file_for_klanten_setup(english: None, tmp_path: Path) -> None:
    file = tmp_path / "setup.yaml"
    file.write_text("klanten_services: {services: [{label: x, colour: red}]}")
    with pytest.raises(CommandError) as refused:
        call_command("klanten_setup", str(file))
    assert "doesn't exist here" in str(refused.value)
    assert not is_dutch(str(refused.value))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("host", "reader"), [("en", "nl"), ("nl", "en")])
def test_errors_are_stored_in_the_language_of_the_host(
    settings: Any, host: str, reader: str
) -> None:
    """Not in that of the user whose command or page processed the row."""
    settings.LANGUAGE_CODE = host
    row = OutboxRow.objects.create(kind=OutboxKind.ROL_BRON, object_key="1")

    def fail() -> None:
        text = translation.gettext("Er is geen bron van contactgegevens ingesteld.")
        raise PermanentRemoteError(text)

    with translation.override(reader):
        Remote({"1": fail}).run(OutboxKind.ROL_BRON)
    row.refresh_from_db()
    assert is_dutch(row.last_error) is (host == "nl")
