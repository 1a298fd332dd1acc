"""A command of `python3 -m testapp`, in its virtual environment."""

import sys

from testapp.launcher.cli import main

sys.exit(main(sys.argv[1:], is_installed=True))
