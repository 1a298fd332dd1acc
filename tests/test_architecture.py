"""``docs/architecture.md`` and ``setup.py`` agree with the code."""

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
    # optional packages of hosts; the last is a dependency of the one before it
    "opentelemetry",
    "django_setup_configuration",
    "pydantic_settings",
    # of the extra `dataservice`
    "lxml",
    "signxml",
}
NOT_IMPORTED = {
    # kombu's transport, and its dependency; a bound for the suite; static files
    "redis",
    "packaging",
    "drf-nested-routers",
    "drf-spectacular-sidecar",
}


def normal(name: str) -> str:
    """Return the normalised name of a distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*lists: str) -> set[str]:
    """Return the distributions in lists of ``setup.py``."""
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
    """Return the packages that the plugin imports, without the standard library."""
    for path in (ROOT / "klanten_plugin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                yield node.module.partition(".")[0]


def distributions() -> list[set[str]]:
    """Return the installed distributions for each required package."""
    others = set(imported()) - sys.stdlib_module_names - {"klanten_plugin"} - OPTIONAL
    known = packages_distributions()
    return [set(map(normal, known.get(name, [name]))) for name in sorted(others)]


KEYS_OF_FILES = ROOT / "klanten_plugin" / "setup_configuration" / "content.py"
"""The names of its fields are keys of configuration files, which are in Dutch."""

SAME_EVERYWHERE = {"Command", "KlantenConfig", "Meta"}
"""Names that Django requires, in any module."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module of the package with its syntax tree, except migrations."""
    for path in (ROOT / "klanten_plugin").rglob("*.py"):
        if "migrations" not in path.parts and path != KEYS_OF_FILES:
            name = str(path.relative_to(ROOT))
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def names_in(tree: ast.Module) -> Iterator[str]:
    """Yield the names of functions, classes, arguments and variables in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def words_of(name: str) -> set[str]:
    """Return the words of an identifier in lower case, e.g. nhr and state."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def test_no_name_has_a_word_that_was_given_up() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("Given up, and refused")[2]
    given_up = set(re.findall(r"\w+", text.partition(":")[2].partition(".")[0]))
    assert "vingerafdruk" in given_up
    found = [
        (module, name)
        for module, tree in trees()
        for name in (*names_in(tree), *module.removesuffix(".py").split("/"))
        if words_of(name) & given_up
    ]
    assert found == []


def test_no_public_name_stands_for_two_things() -> None:
    places: dict[str, list[str]] = {}
    for module, tree in trees():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                places.setdefault(node.name, []).append(module)
    twice = {
        name: modules
        for name, modules in places.items()
        if len(modules) > 1 and not name.startswith("_") and name not in SAME_EVERYWHERE
    }
    assert twice == {}


def test_each_layer_has_the_subjects_of_the_map() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Map")[2]
    rows = [cells(line) for line in text.partition("What serves")[0].splitlines()]
    head, *subjects = [row for row in rows if len(row) == 5 and "---" not in row[1]]
    layers = [quoted(cell)[0].strip("/") for cell in head[1:]]
    named = {
        (layer, quoted(cell)[0])
        for row in subjects
        for layer, cell in zip(layers, row[1:], strict=True)
        if cell
    }
    for layer, place in named:
        assert (ROOT / "klanten_plugin" / layer / place).exists(), (layer, place)
    for layer, cell in (
        pair for row in subjects for pair in zip(layers, row[1:], strict=True)
    ):
        for folder, modules in re.findall(r"`(\w+)/`: ([\w, ]+)", cell):
            found = {
                p.stem for p in (ROOT / "klanten_plugin" / layer / folder).glob("*.py")
            }
            listed = set(re.findall(r"\w+", modules.removesuffix(", and ")))
            assert listed == found - {"__init__"}, (layer, folder)
    folders = {
        (layer, f"{path.name}/")
        for layer in layers
        for path in (ROOT / "klanten_plugin" / layer).iterdir()
        if (path / "__init__.py").exists()
    }
    assert folders - named == {("clients", "http/")}


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
    """Each package that only one layer may import, and the exceptional module."""
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
