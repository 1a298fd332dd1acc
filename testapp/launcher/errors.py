"""Exceptions that end a command of the launcher."""


class LauncherError(Exception):
    """A failure that the user can resolve. Printed as it is, without a traceback."""


class StopRequested(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived.

    Like `KeyboardInterrupt`, it isn't an `Exception`, so that handlers of failures
    don't catch it.
    """
