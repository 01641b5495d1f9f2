"""Puts jobs into the queue inside the caller's transaction: a job exists if and only if its cause does.

Every conversation with a MIS about one doctor runs under one lock, so that calls are serial per doctor across
processes. Arguments are ids only.
"""

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from feldsher.foundation.queue import queue

TALKS = "talks"
"""The queue of what a patient waits for. A process may have it for itself, beside one that does all."""
EXCHANGE = "scheduling.exchange"
SYNC = "scheduling.sync"
SYNC_DAY = "scheduling.sync_day"
REPORT = "scheduling.report"
COMPARE = "scheduling.compare"
AGREE = "scheduling.agree"
RECONCILE = "scheduling.reconcile"
LOOK_UP = "scheduling.look_up"


def exchange_with_mis(appointment: UUID, *, mis: str, practitioner: UUID) -> None:
    """Enqueue whatever the appointment's state still needs from its MIS."""
    task = queue().configure_task(EXCHANGE, queue=TALKS, lock=f"{mis}:{practitioner}")
    task.defer(appointment=str(appointment))


def report(appointment: UUID) -> None:
    """Enqueue the report of a visit's end to its MIS.

    Without the lock of talks: a report that waits for its next try would hold up the doctor's bookings.
    """
    queue().configure_task(REPORT).defer(appointment=str(appointment))


def sync_day(practitioner: UUID, *, location: UUID, day: str) -> None:
    """Enqueue a fresh look at one doctor's day (ISO) in one branch."""
    task = queue().configure_task(SYNC_DAY, queueing_lock=f"sync {practitioner} {location} {day}")
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(practitioner=str(practitioner), location=str(location), day=day)


def sync(mis: str, *, after_seconds: int = 0) -> None:
    """Enqueue a whole sync of a MIS, unless one waits already."""
    task = queue().configure_task(
        SYNC,
        lock=f"sync {mis}",
        queueing_lock=f"sync {mis}",
        schedule_in={"seconds": after_seconds} if after_seconds else None,
    )
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(mis=mis)


def compare(location: UUID) -> None:
    """Enqueue a comparison of a branch with its MIS, unless one waits already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        queue().configure_task(COMPARE, queueing_lock=f"compare {location}").defer(location=str(location))


def agree(mis: str) -> None:
    """Enqueue questions about the visits that a MIS seems to tell otherwise, unless they wait already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        queue().configure_task(AGREE, lock=f"agree {mis}", queueing_lock=f"agree {mis}").defer(mis=mis)


def reconcile(mis: str) -> None:
    """Enqueue the next batch of a whole comparison with a MIS, unless it waits already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        task = queue().configure_task(RECONCILE, lock=f"agree {mis}", queueing_lock=f"reconcile {mis}")
        task.defer(mis=mis)


def look_up(patient: UUID) -> None:
    """Enqueue a look at the patient's cards in the MISes, unless one waits already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        queue().configure_task(LOOK_UP, queueing_lock=f"look up {patient}").defer(patient=str(patient))
