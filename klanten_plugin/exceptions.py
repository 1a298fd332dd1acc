"""What can go wrong, named after its consequence."""


class RuleViolation(Exception):
    """A change that the standard's rules don't allow.

    ``field`` is the snake_case name of the field that is to blame, ``None`` where it is
    the whole; ``code`` is the machine-readable reason, as existing consumers know it.
    """

    def __init__(self, message: object, *, code: str, field: str | None = None) -> None:
        self.message = str(message)
        super().__init__(self.message)
        self.code = code
        self.field = field


class NumbersExhausted(Exception):
    """Every klantnummer that may be given within the bronorganisatie is in use."""


class RemoteError(Exception):
    """A remote system didn't do what it was asked; the text says why, in a sentence.

    The text is for an administrator: it holds no personal data, and nothing that the
    remote said but its status and codes.
    """


class TemporaryRemoteError(RemoteError):
    """Worth another try later: after ``retry_after`` seconds, where the remote said so."""

    def __init__(self, message: object, retry_after: float | None = None) -> None:
        super().__init__(str(message))
        self.retry_after = retry_after


class Postponed(TemporaryRemoteError):
    """This row of the outbox waits; others of its kind needn't.

    They may be about another system, which is fine.
    """


class NotNow(TemporaryRemoteError):
    """We may not ask now; the remote wasn't asked, and isn't to blame."""

    SECONDS = 60.0

    def __init__(self, message: object, retry_after: float = SECONDS) -> None:
        super().__init__(message, retry_after)


class PermanentRemoteError(RemoteError):
    """Another try would end the same: a person must look."""


class ConfigurationError(RemoteError):
    """Nothing can succeed before a person changes the configuration: stop the run."""


class AccessRefused(ConfigurationError):
    """The remote doesn't accept our credentials, or they don't give the right."""


class NotTaken(Exception):
    """A klant of another system can't be taken over.

    ``faults`` are pairs of a field, as the API spells it, and a code; no values.
    """

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(", ".join(f"{field}: {code}" for field, code in faults))
        self.faults = faults
