"""The words of an exchange."""

from enum import StrEnum


class TaskState(StrEnum):
    """How far a task has come."""

    WAITING = "waiting"
    AT_WORK = "at_work"
    DONE = "done"
    FAILED = "failed"
