"""Two calls at once for one person, with the negative control that shows what the lock is for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from domain.patients.factories import new_patient
from feldsher.domain.patients import services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.models import Patient

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 8
LIMIT = 20
T = TypeVar("T")


def ensure() -> UUID:
    return services.ensure_patient(new_patient(), channel="site")


def at_once(count: int, call: Callable[[], T]) -> list[T]:
    """Run `call` in `count` threads that start together, each on its own connection."""
    start = Barrier(count, timeout=LIMIT)

    def run() -> T:
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return [future.result(LIMIT) for future in [pool.submit(run) for _ in range(count)]]


def elsewhere(statement: str, patient: UUID) -> None:
    """Run a statement about the patient on another connection."""

    def run() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [patient])

    at_once(1, run)


def test_parallel_calls_for_one_person_make_one_row() -> None:
    found = at_once(CALLERS, ensure)
    assert len(found) == CALLERS
    assert set(found) == {Patient.objects.get().id}


def test_without_the_lock_they_make_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both look before either writes."""
    both_looked = Barrier(2, timeout=LIMIT)
    look = services._known

    def look_and_wait(*args: object) -> object:
        found = look(*args)  # type: ignore[arg-type] - passed through
        both_looked.wait()
        return found

    monkeypatch.setattr(services, "_known", look_and_wait)
    monkeypatch.setattr(services, "lock_phone", lambda *_: None)
    assert len(set(at_once(2, ensure))) == 2
    assert Patient.objects.count() == 2


def test_a_failed_transaction_leaves_no_patient() -> None:
    with transaction.atomic():
        ensure()
        transaction.set_rollback(True)
    assert Patient.objects.count() == 0


def test_a_locked_patient_waits_for_others_but_lets_a_consent_in() -> None:
    patient = ensure()
    with transaction.atomic():
        services.lock_patient(patient)
        with pytest.raises(OperationalError, match="could not obtain lock"):
            elsewhere("SELECT FROM patients_patient WHERE id = %s FOR NO KEY UPDATE NOWAIT", patient)
        elsewhere("SELECT FROM patients_patient WHERE id = %s FOR KEY SHARE NOWAIT", patient)
    elsewhere("SELECT FROM patients_patient WHERE id = %s FOR NO KEY UPDATE NOWAIT", patient)


def test_a_lock_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        services.lock_patient(ensure())


def test_an_unknown_patient_cannot_be_locked() -> None:
    with pytest.raises(PatientNotFoundError), transaction.atomic():
        services.lock_patient(uuid4())
