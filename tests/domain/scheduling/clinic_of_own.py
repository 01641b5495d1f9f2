"""A clinic without a MIS: its records, its times, and a worker in miniature. Thursdays are its days."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, own_clinic, week
from domain.scheduling.exchange.world import take_jobs
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import exchange, gateways, jobs, queue, selectors, services
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import Confirmation, PersonInput, SlotFilter, SlotKey, State
from feldsher.integrations.mis.own import OwnGateway

THURSDAY: Final = TODAY + timedelta(days=1)


@contextmanager
def own_schedule() -> Iterator[None]:
    """Name the own schedule, and nothing else, for the length of the block."""
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    gateways.bind({OWN_SCHEDULE: OwnGateway()})
    yield
    gateways.bind(bound)


def found_own_clinic() -> OwnClinic:
    """Make the records, publish the text of the consent and bring the offers to them; nobody works yet."""
    clinic = own_clinic()
    publish_consent_text(
        Purpose.BOOKING, version="test", body="Согласие {operator}.", valid_from=NOW - timedelta(days=9)
    )
    services.rebuild_offers()
    return clinic


@contextmanager
def at_work_on_thursdays(*spans: str) -> Iterator[OwnClinic]:
    """Found a clinic whose eye doctor works at these hours, such as "9-10:30", in Moscow."""
    with own_schedule():
        clinic = found_own_clinic()
        services.set_week(clinic.at_north, days=week(thu=hours(*spans)), since=TODAY, author=STAFF)
        run_jobs()
        yield clinic


def waiting() -> list[tuple[str, dict[str, str]]]:
    """Take what waits in the queue besides talks and messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'todo' AND task_name <> %s"
            " AND starts_with(task_name, 'scheduling.') RETURNING task_name, args",
            [queue.EXCHANGE],
        )
        return sorted(((name, json.loads(args)) for name, args in cursor.fetchall()), key=str)


def looks() -> list[str]:
    """Take the looks that wait, undone; returns their names."""
    return [name for name, _ in waiting()]


def run_jobs() -> list[str]:
    """Do the work of the worker: talks, then looks; returns the looks."""
    for appointment in take_jobs():
        exchange.run(appointment)
    found = waiting()
    for name, args in found:
        {queue.SYNC: jobs.sync_mis, queue.SYNC_DAY: jobs.sync_day}[name](**args)
    return [name for name, _ in found]


def key(clinic: OwnClinic, at: str, day: date = THURSDAY) -> SlotKey:
    start = datetime.fromisoformat(f"{day}T{at}:00+03:00")
    return SlotKey(clinic.eye, clinic.north, clinic.visit, start)


def offered(clinic: OwnClinic, day: date = THURSDAY) -> list[str]:
    found = selectors.open_times(SlotFilter(practitioner_id=clinic.eye), first=day, days=1)
    assert found.is_fresh
    return [
        (slot.key.start + timedelta(hours=3)).strftime("%H:%M") for each in found.days for slot in each.slots
    ]


def confirmed(slot: SlotKey, number: int = 1) -> UUID:
    held = services.hold(slot_token(slot), channel="site", device=f"device {number}")
    person = PersonInput("Пробный", "Пётр", f"+7 900 000-00-{number:02}")
    services.confirm(held.id, confirmation=Confirmation(person, ("booking",)))
    return held.id


def state(visit: UUID) -> State:
    return State(Appointment.objects.get(pk=visit).state)
