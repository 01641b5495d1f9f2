"""What audit needs from outside: a second place, where who rules this server does not rule."""

from collections.abc import Sequence
from typing import Protocol

from feldsher.foundation.audit.errors import SinkError


class CheckpointSink(Protocol):
    """Keeps notes in the order they come, and gives none up."""

    def send(self, note: str) -> None:
        """Keep a signed note; raises SinkError, after which the same note comes again."""

    def kept(self) -> str | None:
        """Return all that was kept as one text; None where it is never read from here.

        Raises SinkError where it can't be read now.
        """


class NullCheckpointSink:
    """Stands where no second place is set: refuses, so that each checkpoint ends with an error in the log."""

    def send(self, note: str) -> None:
        del note
        raise SinkError("no second place is set: FELDSHER_AUDIT_SINK")

    def kept(self) -> str:
        return ""


class LineSink(Protocol):
    """Takes the journal's rows as lines of JSON without newlines."""

    def send(self, lines: Sequence[str]) -> None:
        """Keep the lines in this order; raises SinkError, after which the same lines come again."""


class NullLineSink:
    """Stands where no second place is set."""

    def send(self, lines: Sequence[str]) -> None:
        del lines
        raise SinkError("no second place is set: FELDSHER_AUDIT_LINES")
