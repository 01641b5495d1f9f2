"""Control C20: the journal keeps what the exchange opened of a patient, and no more is opened."""

import pytest

from domain.scheduling.exchange.conftest import Build
from domain.scheduling.scripted import Fault
from feldsher.domain.patients.types import PERSON
from feldsher.foundation.audit.models import AccessEntry

pytestmark = pytest.mark.django_db


def opened() -> list[list[str]]:
    rows = AccessEntry.objects.filter(what="person").order_by("id")
    return list(rows.values_list("fields", flat=True))


def test_c20_the_mis_is_told_all_of_a_person_and_the_journal_says_so(build: Build) -> None:
    world = build("reference")
    world.book()
    world.work()
    assert opened() == [list(PERSON)]


def test_c20_a_call_takes_name_and_phone_alone(build: Build) -> None:
    world = build("reference")
    world.book()
    world.mis.always["book"] = Fault.UNAVAILABLE
    world.forward(86_400)
    world.work()
    assert opened()[-1] == ["family", "given", "phone"]
