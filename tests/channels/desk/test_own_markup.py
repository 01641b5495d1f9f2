"""The pages of a clinic without a MIS by the W3C's checker, with their errors too."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.roster.factory import NOW, STAFF, TODAY, OwnClinic, hours, week
from domain.scheduling.clinic_of_own import (
    THURSDAY,
    at_work_on_thursdays,
    confirmed,
    key,
    run_jobs,
)
from feldsher.domain.directory.types import RuleValues, VisitMode, VisitOrder
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.tokens import slot_token
from feldsher.domain.scheduling.types import Answer
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    set_clock(NOW)
    with at_work_on_thursdays("9-11") as clinic:
        yield clinic


def of_registrar(clinic: OwnClinic, client: Client) -> Iterator[bytes]:
    visit = confirmed(key(clinic, "10:30"))
    run_jobs()
    doctor = f"/desk/hours/{clinic.eye}/{clinic.north}/"
    for first, where in (("2026-12-31", ""), ("2026-12-30", clinic.north)):
        client.post("/desk/hours/closed/", {"first": first, "location": where, "reason": "<Ремонт>"})
    client.post(f"{doctor}days/", {"first": "2026-12-01", "last": "2026-12-03"})
    yield client.post(doctor, {"day-1": "утром", "since": "2020-01-01"}).content
    yield client.post(f"{doctor}days/", {"first": "2020-01-01", "stretches": "<утром>"}).content
    yield client.post("/desk/hours/closed/", {"first": ""}).content
    services.set_week(clinic.at_north, days=week(thu=hours("9-10")), since=TODAY, author=STAFF)
    day = f"location={clinic.north}&practitioner={clinic.eye}&day={THURSDAY}"
    for address in (
        *("/desk/hours/", doctor, "/desk/hours/outside/", f"/desk/visits/{visit}/cancel/"),
        *("/desk/book/", f"/desk/book/?{day}", f"/desk/day/?date={THURSDAY}"),
    ):
        yield client.get(address).content
    rule = RuleValues(visits=VisitOrder.FIRST, needs_referral=True, mode=VisitMode.REMOTE, age_from=18)
    services.change_rule(rule, practitioner=clinic.eye, author=STAFF)
    services.stop_booking(practitioner=clinic.eye, reason="<Болеет>", author=STAFF)
    asked = Answer.FIRST | Answer.REFERRAL | Answer.REMOTE | Answer.AGE
    slot = slot_token(replace(key(clinic, "09:00"), answers=asked))
    held = client.post("/desk/book/", {"slot": slot, "key": "0" * 32})["Location"]
    yield client.get(held).content
    yield client.post(held, {"phone": "<1>"}).content
    client.post(f"{held}release/")
    yield client.get(held).content


def of_editor(clinic: OwnClinic, client: Client) -> Iterator[bytes]:
    home, doctor = "/desk/directory/", f"/desk/directory/doctors/{clinic.eye}/"
    for address in (
        *(f"{home}{kind}/add/" for kind in ("branches", "doctors", "services")),
        *(f"{home}branches/", f"{home}branches/{clinic.north}/", doctor),
        *(f"{home}services/{clinic.visit}/", f"{doctor}close/"),
    ):
        yield client.get(address).content
    yield client.post(f"{home}branches/add/", {"phone": "1"}).content
    yield client.post(f"{doctor}places/", {"location": clinic.north}).content
    yield client.post(f"{home}services/{clinic.visit}/prices/", {"amount": "<>"}).content
    client.post(f"{doctor}close/")
    yield client.get(doctor).content


def test_every_page_is_valid(clinic: OwnClinic, tmp_path: Path) -> None:
    bodies = [*of_registrar(clinic, signed_in(Role.REGISTRAR))]
    bodies += of_editor(clinic, signed_in(Role.EDITOR, login="editor"))
    assert len(bodies) == 25
    assert markup_faults(bodies, tmp_path) == []
