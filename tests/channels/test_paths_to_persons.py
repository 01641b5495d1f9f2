"""The ways to a person's rows: each is in the journal or closed, and without the journal nothing is shown.

Controls C21, C23. There is no report yet; the one export is the journal's own.
"""

from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from channels.desk.conftest import Busy, busy
from channels.desk.factory import signed_in
from domain.scheduling.exchange.world import VISIT_AT
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.foundation.access.context import no_context
from feldsher.foundation.access.roles import Role

__all__ = ["busy"]
pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Вымышленова"
DAY = f"/desk/day/?date={VISIT_AT.date().isoformat()}"


def journal(visit: UUID) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_kind, role, what, purpose, result FROM audit_access"
            " WHERE %s = ANY(ids) ORDER BY id",
            [visit],
        )
        return list(cursor.fetchall())


def by_api(visit: UUID, token: str) -> int:
    asked = Client(headers={"Authorization": f"Bearer {token}"})
    return asked.get(f"/api/v1/appointments/{visit}").status_code


def test_c21_the_api_tells_a_visit_to_its_owner_and_the_journal_has_it(busy: Busy) -> None:
    before = journal(busy.silent)
    assert by_api(busy.silent, appointment_token(busy.silent)) == 200
    assert journal(busy.silent)[len(before) :] == [("holder", "", "appointment", "own_visit", "allowed")]
    assert by_api(busy.silent, "x" * 43) == 404
    assert journal(busy.silent)[-1] == ("anonymous", "", "appointment", "own_visit", "refused")
    with pytest.raises(Exception, match="not theirs"):
        services.cancel(busy.silent, token=appointment_token(busy.taken))
    assert journal(busy.silent)[-1] == ("anonymous", "", "appointment", "cancel_visit", "refused")


@pytest.mark.parametrize(("page", "purpose"), [(DAY, "see_visits"), ("/desk/", "resolve_visits")])
def test_c21_a_staff_page_is_in_the_journal(busy: Busy, page: str, purpose: str) -> None:
    client = signed_in(Role.REGISTRAR)
    before = journal(busy.silent)
    assert NAME in client.get(page).content.decode()
    assert ("staff", "registrar", "appointment", purpose, "allowed") in journal(busy.silent)[len(before) :]


def test_c21_raw_sql_as_the_application_s_role_reads_nothing(busy: Busy) -> None:
    with no_context(), connection.cursor() as cursor:
        cursor.execute("SET feldsher.visits = ''; SET feldsher.persons = ''")
        for table in (
            "scheduling_appointment",
            "patients_patient",
            "scheduling_call_request",
            "corporate_request",
            "scheduling_exchange",
        ):
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - names from here
            assert cursor.fetchone() == (0,), table
    connection.close()


@pytest.fixture
def registrar(busy: Busy) -> Client:
    """Somebody who signed in while the journal could still be written: a new account stands in it too."""
    return signed_in(Role.REGISTRAR)


def test_c23_without_the_journal_nothing_is_shown(busy: Busy, registrar: Client, mute_journal: None) -> None:
    for page in (DAY, "/desk/", f"/desk/calls/{busy.calls[0]}/", f"/desk/visits/{busy.silent}/"):
        answer = registrar.get(page)
        assert (page, answer.status_code) == (page, 503)
        assert NAME not in answer.content.decode()
        assert "audit_unavailable" in answer.content.decode()
    assert by_api(busy.silent, appointment_token(busy.silent)) == 503
    assert by_api(busy.silent, "x" * 43) == 503
