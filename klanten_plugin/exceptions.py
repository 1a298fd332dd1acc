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
