"""How the documentation is built: `tox -e docs`, into the folder that it prints.

The pages are Markdown, to be read in the repository as well.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

project = "klanten_plugin"
html_title = "Klanten API"
release = re.search(
    r'__version__ = "(.+)"',
    (ROOT / "klanten_plugin" / "__init__.py").read_text(encoding="utf-8"),
)[1]
language = "en"

extensions = ["myst_parser", "sphinxcontrib.mermaid"]
exclude_patterns = ["_build"]
nitpicky = True
# a quoted argument of several lines in a shell session, which Pygments can't follow
suppress_warnings = ["misc.highlighting_failure"]

# as in the repository: headings can be linked to, and diagrams are in a fence
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]

html_theme = "furo"
# Nothing comes from another site but the script that draws the diagrams, of one version;
# without it their text is shown.
html_copy_source = False
html_show_sourcelink = False
mermaid_version = "11.12.0"
