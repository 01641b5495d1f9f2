"""The visits of one patient in words, as an emergency and a referral list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feldsher.channels.desk.queue import Directory
from feldsher.channels.desk.states import STATES
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling.types import AppointmentCard
from feldsher.kernel import clock, formats


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit of the patient in words."""

    when: str
    doctor: str
    service: str
    state: str


def visit_rows(cards: Sequence[AppointmentCard]) -> list[VisitRow]:
    doctors = directory.practitioner_cards({card.key.practitioner_id for card in cards})
    names = Directory(doctors=doctors, places={}, colleagues={})
    offered = directory.service_cards({card.key.service_id for card in cards})
    return [
        VisitRow(
            when=instant(card.key.start, card.zone),
            doctor=names.doctor(card.key.practitioner_id),
            service=offered[card.key.service_id].name if card.key.service_id in offered else "",
            state=STATES[card.state],
        )
        for card in cards
    ]


def instant(moment: datetime, zone: str) -> str:
    """Return `вт, 24 ноября, 09:30`."""
    day = formats.day_words(formats.local_day(moment, zone), today=formats.local_day(clock.now(), zone))
    return f"{day}, {formats.clock(moment, zone)}"
