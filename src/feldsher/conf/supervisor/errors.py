"""What the supervisor tells a person when it can't go on: one sentence, a stable code, the log to read."""

from pathlib import Path


class SupervisorError(Exception):
    """A failure that a person can act on; `str()` is the sentence, `code` is stable for scripts."""

    def __init__(self, code: str, sentence: str, *, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.log = log
