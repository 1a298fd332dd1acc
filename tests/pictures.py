"""Generate the images of the documentation: `python -m tests.pictures [diagrams|demo]`.

``demo`` takes screenshots of the running demo (``python3 -m testapp``) for the manual,
``diagrams`` renders the Mermaid diagrams of all pages. Both need playwright and
Chromium (``tox -e browser`` explains how it is found). The diagrams need npm, which
downloads Mermaid. Results are saved in docs/images, and should be reviewed before
committing.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.admin.browser.conftest import ARGUMENTS, find_chromium

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MERMAID = "mermaid@11.12.0"
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WIDTH, HEIGHT = 1180, 760
KLANTEN = "/admin/klanten_plugin/"


@contextmanager
def browser() -> Iterator[Any]:
    """The Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=find_chromium(), args=ARGUMENTS
        )
        yield found
        found.close()


def diagrams() -> dict[str, str]:
    """Return the source of each diagram in the documentation, by name of its image."""
    found = {}
    for page in sorted((ROOT / "docs").glob("*.md")):
        for text in DIAGRAM.findall(page.read_text(encoding="utf-8")):
            digest = hashlib.sha256(text.strip().encode()).hexdigest()[:12]
            found[f"diagram-{digest}.svg"] = text.strip()
    return found


def draw() -> None:
    """Render the diagrams, and remove images that no page uses any more."""
    wanted = diagrams()
    for old in IMAGES.glob("diagram-*.svg"):
        if old.name not in wanted:
            old.unlink()
    with browser() as chromium:
        page = chromium.new_page()
        page.set_content("<main></main>")
        page.add_script_tag(content=_mermaid())
        page.evaluate(
            "mermaid.initialize({startOnLoad: false, theme: 'neutral',"
            " securityLevel: 'strict', htmlLabels: false,"
            " flowchart: {htmlLabels: false}})"
        )
        for name, text in wanted.items():
            svg = page.evaluate(
                "async text => (await mermaid.render('diagram', text)).svg", text
            )
            (IMAGES / name).write_text(f"{svg}\n", encoding="utf-8")
            _say(name)


def _mermaid() -> str:
    """Return the script, in a fixed version, from npm."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", MERMAID], cwd=folder, check=True)  # noqa: S603, S607
        [package] = Path(folder).glob("*.tgz")
        with tarfile.open(package) as archive:
            member = archive.extractfile("package/dist/mermaid.min.js")
            assert member is not None
            return member.read().decode()


def _open(path: str) -> Callable[[Any], None]:
    return lambda page: page.goto(f"{page.root}{KLANTEN}{path}")


def _first_klant(kind: str, *buttons: str) -> Callable[[Any], None]:
    """Open the page of the newest klant of a kind, and press a button."""

    def scene(page: Any) -> None:
        page.goto(f"{page.root}{KLANTEN}klant/?subject_type__exact={kind}")
        page.locator("#result_list tbody .field-naam a").first.click()
        page.wait_for_load_state()
        for name in buttons:
            _press(page, name)

    return scene


def _press(page: Any, name: str) -> None:
    button = page.get_by_role("button", name=name, exact=True)
    link = page.get_by_role("link", name=name, exact=True)
    button.or_(link).first.click()
    page.wait_for_load_state()


TWICE = {
    "bronorganisatie": "123456782",
    "website_url": "https://onbekend.invalid",
    "voornaam": "Sanne",
    "voorvoegsel_achternaam": "de",
    "achternaam": "Wit",
    "emailadres": "sanne.dewit@example.nl",
    "subject_natuurlijk_persoon-geslachtsnaam": "Wit",
}
"""A person that is created twice, through the form of the admin."""


def _add(page: Any, **values: str) -> None:
    page.goto(f"{page.root}{KLANTEN}klant/add/?subject_type=natuurlijk_persoon")
    for name, value in (TWICE | values).items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("#klant_form [type=submit]").first.click()
    page.wait_for_load_state()
    anyway = page.locator("#klant_form [name=toch]")
    if anyway.count():
        anyway.check()
        page.locator("#klant_form [type=submit]").first.click()
        page.wait_for_load_state()


def _duplicates(page: Any) -> None:
    page.goto(f"{page.root}{KLANTEN}possibleduplicate/")
    if not page.get_by_role("link", name="Naast elkaar leggen").count():
        _add(page)
        _add(page, voornaam="S.", telefoonnummer="0201234567")
    page.goto(f"{page.root}{KLANTEN}possibleduplicate/")
    _press(page, "Nu opnieuw zoeken")


def _merge(page: Any) -> None:
    _duplicates(page)
    page.get_by_role("link", name="Naast elkaar leggen").first.click()
    page.wait_for_load_state()


SCENES: dict[str, Callable[[Any], None]] = {
    "klanten": _open("klant/"),
    "klant": _first_klant("vestiging"),
    "inzage": _first_klant("natuurlijk_persoon", "Inzageverzoek"),
    "overzicht": _first_klant("natuurlijk_persoon", "Inzageverzoek", "Overzicht maken"),
    "verwijderen": _first_klant("natuurlijk_persoon", "Verwijderen"),
    "dubbelen": _duplicates,
    "samenvoegen": _merge,
    "stand": _open("statuspage/"),
    "bronnen": _open("rolbron/"),
    "nhr": _open("nhrstate/"),
}
"""The contents of each screenshot of the manual."""

PARTS = {
    "herkomst": ("klant", "section:has(#kop-contact)"),
}
"""Screenshots of a part of a page: the scene, and the selector of the part."""


def photograph(root: str, user: str, password: str) -> None:
    """Take screenshots of the demo at ``root``."""
    with browser() as chromium:
        context = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="nl-NL"
        )
        page = context.new_page()
        page.root = root
        page.goto(f"{root}/admin/")
        page.fill("#id_username", user)
        page.fill("#id_password", password)
        page.click("[type=submit]")
        page.wait_for_load_state()
        for name, scene in SCENES.items():
            scene(page)
            page.screenshot(path=str(IMAGES / f"{name}.png"))
            _say(name)
        for name, (whole, part) in PARTS.items():
            SCENES[whole](page)
            page.locator(part).screenshot(path=str(IMAGES / f"{name}.png"))
            _say(name)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """Generate the requested images."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("diagrams", "demo"))
    parser.add_argument("--root", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    if options.what == "diagrams":
        draw()
    else:
        photograph(options.root, options.user, options.password)


if __name__ == "__main__":
    main()
