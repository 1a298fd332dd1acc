"""The launcher of the demo host and its checks.

`python3 -m testapp` starts in `cli.py`, with any Python and only the standard library.
It installs what the command needs in a virtual environment (`installing.py`), and
continues there, in `__main__.py`. The modules that run before that, or in the tests'
own environment, don't import Django.
"""
