"""Exceptions of the domain and the clients, named after their consequence."""


class RuleViolation(Exception):
    """A change violates a rule of the standard.

    ``field`` is the snake_case name of the invalid field, or ``None`` if the error
    concerns the whole klant. ``code`` is the machine-readable error code of the API.
    """

    def __init__(self, message: object, *, code: str, field: str | None = None) -> None:
        self.message = str(message)
        super().__init__(self.message)
        self.code = code
        self.field = field


class NumbersExhausted(Exception):
    """The bronorganisatie has no free klantnummer left in the configured range."""


class RemoteError(Exception):
    """A request to a remote system failed; the message gives the reason in a sentence.

    The message is for administrators. It contains no personal data, and of the response
    only status and error codes.
    """


class TemporaryRemoteError(RemoteError):
    """Can be retried, after ``retry_after`` seconds if the remote specified that."""

    def __init__(self, message: object, retry_after: float | None = None) -> None:
        super().__init__(str(message))
        self.retry_after = retry_after


class Postponed(TemporaryRemoteError):
    """Retry this row of the outbox later, without pausing other rows of its kind.

    Those can concern another system, which may be available.
    """


class NotNow(TemporaryRemoteError):
    """No request was sent, because a limit or pause of our own forbids it.

    The remote isn't considered to be failing.
    """

    def __init__(self, message: object, retry_after: float = 60.0) -> None:
        super().__init__(message, retry_after)


class PermanentRemoteError(RemoteError):
    """A retry would fail in the same way; an administrator must decide."""


class ConfigurationError(RemoteError):
    """No request can succeed until the configuration is changed; the run stops."""


class AccessRefused(ConfigurationError):
    """The remote refuses our credentials, or they lack permission."""


class NotTaken(Exception):
    """A klant of another system can't be imported.

    ``faults`` is a list of pairs of a field, as the API spells it, and an error code,
    without values.
    """

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in faults))
        self.faults = faults
