"""Every trouble that Linli expects, sorted by who must act.

A caller does not ask what went wrong first, but whose turn it is: the person who typed, the
network, the other side, or the disk under this node. So there is one class for each, and each
carries the exit code with which a command ends. A trouble that a peer hears about also carries the
name of its `Reason` in `proto/linli/v1/error.proto`, so that the wire, the logs and the command
line say the same.

A message says what happened and the facts; the hint says what to do next, and both are shown
together. What cannot happen at all is an assertion and not one of these.
"""


class LinliError(Exception):
    """Trouble that was expected and can be told to a person.

    Attributes:
        reason: Name of the proto `Reason` without its `REASON_` prefix; empty where no peer hears
            of it.
        exit_code: What a command ends with.
        message: What happened and the facts.
        hint: The next step, or empty.
    """

    exit_code: int = 1
    reason: str = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keeps the message and the next step.

        Args:
            message: What happened and the facts, as a sentence.
            hint: The next step, as a sentence.
        """
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class UsageError(LinliError):
    """The caller's input does not fit: a file, an option, a code, a name."""

    exit_code = 2


class ParentUnreachable(LinliError):
    """No parent answered. Nothing is lost, and a later try may work."""

    exit_code = 3
    reason = "UNAVAILABLE"


class Refused(LinliError):
    """The other side, or a rule kept here, said no."""

    exit_code = 4

    def __init__(self, message: str, *, reason: str = "", hint: str = "") -> None:
        """Keeps the message, the reason as the wire names it, and the next step.

        Args:
            message: What happened and the facts, as a sentence.
            reason: Name of the proto `Reason` without its `REASON_` prefix.
            hint: The next step, as a sentence.
        """
        super().__init__(message, hint=hint)
        self.reason = reason


class RefusedBytes(Refused):
    """Bytes from a wire or a file of a peer are not what they claim to be."""

    def __init__(self, message: str, *, reason: str = "MALFORMED", hint: str = "") -> None:
        """Keeps the message and the reason, which is `MALFORMED` unless a better one is known."""
        super().__init__(message, reason=reason, hint=hint)


class StoreFault(LinliError):
    """The local disk or database failed or cannot be trusted."""

    exit_code = 5
    reason = "STORE_FAULT"
