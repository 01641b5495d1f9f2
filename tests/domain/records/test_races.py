"""A referral and the cancelling of its visit at the same moment: whichever comes first, nothing stays open.

Control C12. The negative control takes the lock away.
"""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from django.db import transaction

from domain.records.factory import Ward
from domain.scheduling.interleaving import LIMIT, beside, wait_for_waiters
from feldsher.domain.records.errors import VisitNotInCareError
from feldsher.domain.records.models import ServiceRequest
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.models import CareRelation

pytestmark = pytest.mark.django_db(transaction=True)
_FUNCTION = "service_request_care()"


def cancel(visit: UUID) -> None:
    with as_service("test"):
        Appointment.objects.filter(pk=visit).update(state="cancelled")


def opened() -> int:
    with as_service("test"):
        return CareRelation.objects.filter(kind="referral").count()


def test_c12_a_visit_that_is_cancelled_while_a_referral_is_written_ends_it(
    ward: Ward, as_owner: psycopg.Connection
) -> None:
    with beside() as begin:
        with transaction.atomic():
            referral = ward.refer()
            cancelling = begin(lambda: cancel(ward.visit))
            wait_for_waiters(as_owner, 1)
        cancelling.result(LIMIT)
    assert opened() == 0
    with as_service("test"):
        assert not ServiceRequest.objects.get(pk=referral).stands


def test_c12_a_referral_that_is_written_while_its_visit_is_cancelled_is_refused(
    ward: Ward, as_owner: psycopg.Connection
) -> None:
    with beside() as begin:
        with transaction.atomic():
            cancel(ward.visit)
            referring = begin(ward.refer)
            wait_for_waiters(as_owner, 1)
        with pytest.raises(VisitNotInCareError):
            referring.result(LIMIT)
    assert opened() == 0
    with as_service("test"):
        assert ServiceRequest.objects.count() == 0


@pytest.fixture
def _no_lock(as_owner: psycopg.Connection) -> Iterator[None]:
    (body,) = as_owner.execute(f"SELECT pg_get_functiondef('{_FUNCTION}'::regprocedure)").fetchone() or ("",)
    assert body.count("FOR SHARE") == 1
    as_owner.execute(body.replace("FOR SHARE", ""))
    yield
    as_owner.execute(body)


@pytest.mark.usefixtures("_no_lock")
def test_c12_without_the_lock_a_patient_stays_open_on_a_visit_that_is_gone(ward: Ward) -> None:
    with beside() as begin, transaction.atomic():
        cancel(ward.visit)
        begin(ward.refer).result(LIMIT)
    assert opened() == 1
