"""The launcher of the demo host. Uses only the standard library, not Django.

It runs before anything is installed, with any Python that the machine has.
"""
