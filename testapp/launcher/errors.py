"""The exception that ends a command of the launcher."""


class LauncherError(Exception):
    """A failure that the user can resolve. Printed as it is, without a traceback."""
