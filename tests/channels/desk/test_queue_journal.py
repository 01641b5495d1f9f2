"""C20: what staff do about calls and visits of the queue, and what they guess, stands in the journal."""

from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels.desk.conftest import Busy
from channels.desk.factory import signed_in
from feldsher.domain.scheduling.models import Appointment, CallRequest
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit.models import AccessEntry

pytestmark = pytest.mark.django_db
GUESSED = UUID(int=404)


@pytest.fixture
def registrar(busy: Busy) -> Client:
    return signed_in(Role.REGISTRAR)


def written(since: int) -> list[tuple[object, ...]]:
    rows = AccessEntry.objects.filter(id__gt=since).order_by("id")
    return list(rows.values_list("what", "purpose", "result", "reason", "ids"))


def last() -> int:
    return AccessEntry.objects.order_by("id").values_list("id", flat=True).last() or 0


@pytest.mark.parametrize(
    ("address", "purpose"),
    [
        ("/desk/visits/{}/check/", "resolve_visits"),
        ("/desk/visits/{}/booked/", "resolve_visits"),
        ("/desk/visits/{}/absent/", "resolve_visits"),
        ("/desk/visits/{}/settled/", "resolve_visits"),
        ("/desk/visits/{}/told/", "resolve_visits"),
        ("/desk/calls/{}/take/", "handle_calls"),
        ("/desk/calls/{}/done/", "handle_calls"),
    ],
)
def test_c20_an_act_upon_a_guessed_id_is_a_refusal_in_the_journal(
    registrar: Client, address: str, purpose: str
) -> None:
    before = last()
    answer = registrar.post(address.format(GUESSED), {"outcome": "reached"})
    assert answer.status_code == 404
    assert written(before) == [(purpose, purpose, "refused", "not_found", [GUESSED])]


def test_c20_a_call_put_off_by_a_guessed_id_is_a_refusal_in_the_journal(
    registrar: Client, busy: Busy
) -> None:
    before = last()
    at = busy.world.moment.replace(hour=12, minute=0).isoformat()
    assert registrar.post(f"/desk/calls/{GUESSED}/", {"at": at}).status_code == 404
    assert written(before) == [("handle_calls", "handle_calls", "refused", "not_found", [GUESSED])]


def test_c20_an_act_upon_a_visit_or_call_that_waits_for_nobody_is_one_too(
    registrar: Client, busy: Busy
) -> None:
    booked = busy.accepted()
    registrar.post(f"/desk/calls/{busy.calls[0]}/take/")
    registrar.post(f"/desk/calls/{busy.calls[0]}/done/", {"outcome": "reached"})
    before = last()
    for address in (
        f"/desk/visits/{booked}/check/",
        f"/desk/visits/{booked}/absent/",
        f"/desk/visits/{booked}/settled/",
        f"/desk/visits/{booked}/told/",
        f"/desk/calls/{busy.calls[0]}/take/",
    ):
        assert registrar.post(address).status_code == 409
    assert [row[2:] for row in written(before)] == [
        *[("refused", "not_found", [booked])] * 4,
        ("refused", "not_found", [busy.calls[0]]),
    ]


@pytest.mark.parametrize(
    ("name", "act", "what"),
    [
        ("silent", "check", "appointment"),
        ("silent", "booked", "verdict"),
        ("silent", "absent", "verdict"),
        ("taken", "settled", "verdict"),
    ],
)
def test_c20_an_act_upon_a_patient_s_visit_is_journalled_with_the_patient(
    registrar: Client, busy: Busy, name: str, act: str, what: str
) -> None:
    visit = Appointment.objects.get(pk=getattr(busy, name))
    before = last()
    assert registrar.post(f"/desk/visits/{visit.pk}/{act}/").status_code == 303
    rows = AccessEntry.objects.filter(id__gt=before, actor_kind="staff")
    told = rows.values_list("what", "matrix_column", "purpose", "patients", "ids", "result")
    assert list(told) == [(what, "A", "resolve_visits", [visit.patient], [visit.pk], "allowed")]


def test_an_act_upon_a_call_opens_nothing_of_it(registrar: Client, busy: Busy) -> None:
    with CaptureQueriesContext(connection) as asked:
        registrar.post(f"/desk/calls/{busy.calls[0]}/take/")
    columns = " ".join(each["sql"].partition(" FROM ")[0] for each in asked)
    assert '"scheduling_call_request"."tries"' in columns
    assert '"scheduling_call_request"."phone"' not in columns


def test_c20_the_page_of_a_visit_reads_that_visit_and_no_call(registrar: Client, busy: Busy) -> None:
    before = last()
    with CaptureQueriesContext(connection) as asked:
        page = registrar.get(f"/desk/visits/{busy.silent}/").content.decode()
    call = CallRequest.objects.get(appointment=busy.silent)
    assert f"/desk/calls/{call.pk}/" in page
    assert [row[0] for row in written(before)] == ["appointment", "person"]
    assert not [each for each in asked if '"scheduling_call_request"."phone"' in each["sql"]]
