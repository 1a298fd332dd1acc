"""`python3 -m testapp`: run the demo host and its checks. Standard library only.

This file must also compile on Pythons that are too old for the rest, so that users get
an explanation instead of a SyntaxError.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the sentence is the point
    sys.exit(
        "testapp needs Python 3.11 or newer, this is %d.%d (%s): "  # noqa: UP031
        "run it as python3.11, python3.12 or python3.13 -m testapp"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
if os.name != "posix":
    sys.exit("testapp runs on Linux and macOS (on Windows: inside WSL)")

from testapp.launcher.cli import main

sys.exit(main(sys.argv[1:]))
