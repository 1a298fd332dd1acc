"""The launcher of the demo host: standard library only, nothing of Django.

It runs before anything is installed, with whichever Python the machine has.
"""
