"""What can end a command of the launcher."""


class LauncherError(Exception):
    """A failure a person can act on: printed as it is, without a traceback."""


class StopRequested(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived.

    No `Exception`, for the reason `KeyboardInterrupt` isn't one: a handler that is
    meant for failures must not swallow it.
    """
