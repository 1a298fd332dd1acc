"""``docs/architecture.md`` and ``setup.py`` say what the code is made of."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from tests.references import ROOT, cells, quoted

PAGE = ROOT / "docs" / "architecture.md"

OPTIONAL = {
    # packages of hosts that have them; the last comes with that before it
    "opentelemetry",
    "django_setup_configuration",
    "pydantic_settings",
}
NOT_IMPORTED = {
    # kombu's transport, and what that imports; a bound for the suite; static files
    "redis",
    "packaging",
    "drf-nested-routers",
    "drf-spectacular-sidecar",
}


def normal(name: str) -> str:
    """The name of a distribution, spelled in one way."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*lists: str) -> set[str]:
    """The distributions in lists of ``setup.py``."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    texts = {
        node.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets) in lists
        for lst in ast.walk(statement.value)
        if isinstance(lst, ast.List)
        for node in lst.elts
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {normal(re.split(r"[<>=!\[ ]", text)[0]) for text in texts}


def imported() -> Iterator[str]:
    """The packages that the plugin imports, beside itself and Python's own."""
    for path in (ROOT / "klanten_plugin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                yield node.module.partition(".")[0]


def distributions() -> list[set[str]]:
    """For each package that must be there: what is installed that has it."""
    others = set(imported()) - sys.stdlib_module_names - {"klanten_plugin"} - OPTIONAL
    known = packages_distributions()
    return [set(map(normal, known.get(name, [name]))) for name in sorted(others)]


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    required = declared("REQUIRES")
    assert [names for names in distributions() if not names & required] == []
    assert required - set().union(*distributions()) == NOT_IMPORTED


def test_each_dependency_has_its_reason() -> None:
    _before, _heading, text = PAGE.read_text(encoding="utf-8").partition("## Depend")
    named = {normal(name) for name in re.findall(r"[\w.-]+", text)}
    assert declared("REQUIRES", "DEMO", "EXTRAS") - named == set()


def test_the_layers_are_those_that_are_checked() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    layers = re.findall(r"\w+", parser["importlinter:contract:layers"]["layers"])
    _before, _heading, text = PAGE.read_text(encoding="utf-8").partition("## Layers")
    lines = text.partition("## Decisions")[0].splitlines()
    rows = [cells(line) for line in lines if line.startswith("| `")]
    assert [name for row in rows for name in quoted(row[0])] == layers


def test_the_exceptions_are_those_that_are_allowed() -> None:
    """Each package that one layer knows, and the one module beside it."""
    parser = configparser.ConfigParser(comment_prefixes=("#",))
    parser.read(ROOT / ".importlinter")
    allowed = {
        name.removeprefix("klanten_plugin.")
        for section in parser.sections()
        if parser[section].get("type") == "protected"
        for name in parser[section]["allowed_importers"].split()
    }
    _before, _heading, text = PAGE.read_text(encoding="utf-8").partition("\nOnly `")
    said = quoted("`" + text.partition("`lint-imports`")[0])
    assert {name.removesuffix(".py").replace("/", ".") for name in said} == allowed
