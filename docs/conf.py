"""How the documentation is built: `tox -e docs`, into the folder that it prints.

The pages are Markdown, to be read in the repository as well.
"""

import hashlib
import re
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parent.parent

project = "klanten_plugin"
release = re.search(
    r'__version__ = "(.+)"',
    (ROOT / "klanten_plugin" / "__init__.py").read_text(encoding="utf-8"),
)[1]
html_title = f"Klanten API {release}"
language = "en"

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True
# a quoted argument of several lines in a shell session, which Pygments can't follow
suppress_warnings = ["misc.highlighting_failure"]

# as in the repository: headings can be linked to, and diagrams are in a fence
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]

html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False


class Mermaid(SphinxDirective):
    """A diagram, as it was drawn by `python -m tests.pictures diagrams`.

    The site needs no script and no other site for it. The name of the drawing has the
    hash of its text, so that an old one is never shown.
    """

    has_content = True

    def run(self):
        text = "\n".join(self.content).strip()
        name = f"diagram-{hashlib.sha256(text.encode()).hexdigest()[:12]}.svg"
        if not (Path(__file__).parent / "images" / name).exists():
            raise ExtensionError(
                f"{self.env.docname}: images/{name} is missing; "
                "draw it with `python -m tests.pictures diagrams`"
            )
        return [nodes.image(uri=f"/images/{name}", alt=text, classes=["diagram"])]


def setup(app):
    app.add_directive("mermaid", Mermaid)
    return {"parallel_read_safe": True}
