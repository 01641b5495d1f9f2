"""What records need from the modules above them: a patient's papers, for the patient's own eyes."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from feldsher.domain.records.types import Paper


class PaperSource(Protocol):
    """A module that has papers of one kind; bound by conf/composition.py once there is one.

    It reads in the patient's own context, which records have opened: row security lets through that patient's
    rows and nothing else. Records write the journal.
    """

    def __call__(self, patient: UUID, *, most: int) -> Sequence[Paper]:
        """Return the patient's papers, the newest first, `most` at most."""
        ...
