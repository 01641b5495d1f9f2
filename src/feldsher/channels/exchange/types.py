"""The words of an exchange."""

from enum import StrEnum


class Topic(StrEnum):
    """What an exchange is about: `type` in the address."""

    CATALOG = "catalog"
    SALE = "sale"


class TaskState(StrEnum):
    """How far a task has come."""

    WAITING = "waiting"
    AT_WORK = "at_work"
    DONE = "done"
    FAILED = "failed"
