"""Hold, confirm, let go and cancel, as a channel calls them; the MIS is not asked here."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from conftest import SetClock
from domain.directory.factory import MIS
from domain.scheduling.clinic import Ids, confirmation, held, key_at, open_clinic, tell_schedule
from domain.scheduling.factory import COLLEAGUE, NOW, appointment, at, minutes
from domain.scheduling.interleaving import at_once, beside
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.models import Consent, Patient
from feldsher.domain.patients.services import publish_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import errors, queue, selectors, services
from feldsher.domain.scheduling.models import Appointment, Exchange, Outcome, SyncStatus
from feldsher.domain.scheduling.selectors.visits import state_of
from feldsher.domain.scheduling.services import confirming
from feldsher.domain.scheduling.tokens import appointment_token, slot_token
from feldsher.domain.scheduling.types import Confirmation, Hold, Idempotency, State
from feldsher.kernel.errors import DomainError, InvalidInputError

pytestmark = pytest.mark.django_db(transaction=True)

PERSONAL = ("Вымышленова", "Проба", "9210000017", "Окно у двери")


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    publish("first", valid_from=NOW - minutes(1))
    found = open_clinic()
    tell_schedule(found)
    return found


def publish(version: str, *, valid_from: datetime) -> str:
    """Publish a wording of the consent; returns its hash."""
    body = f"Согласен. {{operator}} {version}"
    publish_consent_text(Purpose.BOOKING, version=version, body=body, valid_from=valid_from)
    return sha256(body.encode()).hexdigest()


def key(name: str = "key", body: str = "body") -> Idempotency:
    return Idempotency(sha256(name.encode()).digest(), sha256(body.encode()).digest())


def confirm(hold: Hold, *, idempotency: Idempotency | None = None, **person: str) -> State:
    done = services.confirm(hold.id, confirmation=confirmation(**person), idempotency=idempotency)
    return state_of(done.appointment_id)


def answer_of(call: Callable[[], object]) -> str:
    try:
        return str(call())
    except DomainError as error:
        return error.code


def exchange_jobs() -> list[ProcrastinateJob]:
    return list(ProcrastinateJob.objects.filter(task_name=queue.EXCHANGE).order_by("id"))


# Hold


def test_a_hold_keeps_the_time_for_ten_minutes(ids: Ids) -> None:
    hold = held(ids, at(7))
    assert (hold.key, hold.end, hold.zone) == (key_at(ids, at(7)), at(7, 20), "Europe/Moscow")
    assert (str(hold.price), hold.expires_at) == ("1900.00", NOW + minutes(10))
    assert selectors.held(hold.id) == hold


def test_whoever_comes_second_hears_which_times_are_near(ids: Ids) -> None:
    held(ids, at(7))
    with pytest.raises(errors.SlotTakenError) as refused:
        held(ids, at(7))
    assert refused.value.code == "slot_taken"
    near = [slot.key.start for slot in refused.value.alternatives]
    assert near == [at(6), at(6, 20), at(6, 40), at(7, 20), at(7, 40), at(8)]


def test_each_refusal_has_its_own_error(ids: Ids, set_clock: SetClock) -> None:
    assert answer_of(partial(held, ids, at(7, 5))) == "slot_not_offered"
    assert answer_of(partial(held, ids, NOW)) == "slot_in_past"
    assert answer_of(lambda: services.hold("rubbish", channel="site", device="")) == "slot_invalid"
    set_clock(NOW + minutes(11))
    assert answer_of(partial(held, ids, at(7))) == "schedule_stale"


def test_a_device_is_kept_as_a_digest(ids: Ids) -> None:
    token = slot_token(key_at(ids, at(7)))
    services.hold(token, channel="site", device="device-name")
    kept = bytes(Appointment.objects.get().device or b"")
    assert (len(kept), b"device-name" in kept) == (32, False)


# Let go


def test_letting_go_twice_is_fine_and_frees_the_time(ids: Ids) -> None:
    hold = held(ids, at(7))
    services.release(hold.id)
    services.release(hold.id)
    row = Appointment.objects.get(pk=hold.id)
    assert (row.state, row.reason, row.version) == ("released", "released_by_patient", 2)
    held(ids, at(7))


def test_what_is_booked_or_unknown_cannot_be_let_go(ids: Ids) -> None:
    hold = held(ids, at(7))
    confirm(hold)
    assert answer_of(lambda: services.release(hold.id)) == "hold_not_found"
    assert answer_of(lambda: services.release(uuid4())) == "hold_not_found"
    assert Appointment.objects.get().state == "booking"


# Confirm


def test_a_confirmation_makes_booking_its_exchange_and_one_job(ids: Ids) -> None:
    hold = held(ids, at(7))
    done = services.confirm(hold.id, confirmation=confirmation())
    card = selectors.appointment(hold.id, token=done.token)
    assert (done.appointment_id, card.state, card.key) == (hold.id, State.BOOKING, hold.key)
    assert (card.answer_by, card.expires_at, card.version) == (NOW + minutes(2), None, 2)
    assert done.token == appointment_token(hold.id)
    exchange = Exchange.objects.get(pk=hold.id)
    assert (exchange.mis, exchange.wall_start) == (MIS, "2026-11-26T10:00:00")
    [job] = exchange_jobs()
    assert (job.args, job.lock) == ({"appointment": str(hold.id)}, f"{MIS}:{ids.eye}")


def test_the_patient_is_found_and_not_made_twice(ids: Ids) -> None:
    for start in (at(7), at(8), at(9)):
        confirm(held(ids, start))
    assert Patient.objects.count() == 1
    assert Appointment.objects.values("patient").distinct().count() == 1


def test_the_consent_names_the_text_of_that_moment(ids: Ids, set_clock: SetClock) -> None:
    first, second = held(ids, at(7)), held(ids, at(8))
    confirm(first)
    set_clock(NOW + minutes(1))
    text = publish("second", valid_from=NOW + minutes(1))
    confirm(second)
    consents = Consent.objects.order_by("given_at")
    assert [consent.version for consent in consents] == ["first", "second"]
    assert [consent.given_at for consent in consents] == [NOW, NOW + minutes(1)]
    assert (consents[1].sha256, consents[1].appointment_id, consents[1].channel) == (text, second.id, "site")
    assert consents[0].sha256 != text


def test_without_a_consent_nothing_is_written(ids: Ids) -> None:
    hold = held(ids, at(7))
    silent = replace(confirmation(), consents=("policy",))
    with pytest.raises(errors.ConsentRequiredError):
        services.confirm(hold.id, confirmation=silent)
    assert selectors.held(hold.id) == hold
    assert not Patient.objects.exists()


def test_wrong_fields_are_told_and_the_hold_stays(ids: Ids) -> None:
    hold = held(ids, at(7))
    with pytest.raises(InvalidInputError) as refused:
        confirm(hold, phone="12", family="")
    assert set(refused.value.fields) == {"phone", "family"}
    assert selectors.held(hold.id) == hold


def test_an_overdue_hold_is_not_confirmed(ids: Ids, set_clock: SetClock) -> None:
    hold = held(ids, at(7))
    set_clock(NOW + minutes(10))
    assert answer_of(partial(confirm, hold)) == "hold_expired"
    assert not Patient.objects.exists()
    assert exchange_jobs() == []


def test_a_hold_is_confirmed_once(ids: Ids) -> None:
    hold = held(ids, at(7))
    confirm(hold)
    assert answer_of(partial(confirm, hold)) == "hold_not_found"
    assert len(exchange_jobs()) == 1


def test_a_repeated_key_gives_the_same_appointment_and_no_second_job(ids: Ids) -> None:
    hold = held(ids, at(7))
    first, again = (
        services.confirm(hold.id, confirmation=confirmation(), idempotency=key()) for _ in range(2)
    )
    assert first == again
    assert (len(exchange_jobs()), Consent.objects.count(), Outcome.objects.count()) == (1, 1, 1)


def test_a_key_with_another_body_is_refused(ids: Ids) -> None:
    hold, other = held(ids, at(7)), held(ids, at(8))
    confirm(hold, idempotency=key())
    assert answer_of(partial(confirm, other, idempotency=key(body="other"))) == "idempotency_key_reused"
    assert selectors.held(other.id) == other


def test_a_twin_hears_in_progress(ids: Ids) -> None:
    hold = held(ids, at(7))
    with beside() as start, transaction.atomic():
        confirm(hold, idempotency=key())
        twin = partial(answer_of, partial(confirm, hold, idempotency=key()))
        assert start(twin).result(10) == "in_progress"


def test_booking_and_its_job_are_one_commit(ids: Ids) -> None:
    hold = held(ids, at(7))
    with transaction.atomic():
        confirm(hold, idempotency=key())
        transaction.set_rollback(True)
    assert exchange_jobs() == []
    assert selectors.held(hold.id) == hold
    for model in (Exchange, Outcome, Patient):
        assert not model.objects.exists()


def test_a_job_that_cannot_be_enqueued_leaves_the_hold(ids: Ids, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no queue")

    hold = held(ids, at(7))
    monkeypatch.setattr(queue, "exchange_with_mis", fail)
    with pytest.raises(RuntimeError, match="no queue"):
        confirm(hold)
    assert selectors.held(hold.id) == hold
    assert not Patient.objects.exists()


def test_one_phone_has_as_many_coming_visits_as_the_cap(ids: Ids, settings: Settings) -> None:
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, visits_per_phone=2)
    for start in (at(7), at(8)):
        confirm(held(ids, start))
    third = held(ids, at(9))
    assert answer_of(partial(confirm, third, given="Другая")) == "too_many_visits"
    assert (Patient.objects.count(), selectors.held(third.id)) == (1, third)
    Appointment.objects.exclude(pk=third.id).first().delete()
    assert confirm(third, given="Другая") == State.BOOKING


def test_visits_of_the_past_do_not_count(ids: Ids, settings: Settings) -> None:
    settings.FELDSHER_BOOKING = replace(settings.FELDSHER_BOOKING, visits_per_phone=1)
    confirm(held(ids, at(7)))
    patient = Appointment.objects.get().patient
    Appointment.objects.all().delete()
    appointment(NOW - minutes(60), NOW - minutes(30), patient=patient)
    assert confirm(held(ids, at(7))) == State.BOOKING


# One patient in two places


def test_a_clash_of_the_patient_discloses_nothing_and_frees_the_time(ids: Ids) -> None:
    confirm(held(ids, at(7)))
    patient = Appointment.objects.get().patient
    Appointment.objects.all().delete()
    appointment(at(8), at(9), practitioner=COLLEAGUE, patient=patient)
    second = held(ids, at(8, 20))
    with pytest.raises(errors.SlotTakenError) as refused:
        confirm(second)
    assert type(refused.value) is errors.SlotTakenError
    assert (refused.value.code, refused.value.alternatives) == ("slot_taken", ())
    assert Appointment.objects.get(pk=second.id).state == "released"
    assert len(exchange_jobs()) == 1


def test_a_clash_answers_its_key_the_same_again(ids: Ids) -> None:
    confirm(held(ids, at(7)))
    patient = Appointment.objects.get().patient
    Appointment.objects.all().delete()
    appointment(at(8), at(9), practitioner=COLLEAGUE, patient=patient)
    second = held(ids, at(8, 20))
    answers = [answer_of(partial(confirm, second, idempotency=key())) for _ in range(2)]
    assert answers == ["slot_taken", "slot_taken"]


def test_a_confirmation_does_not_wait_for_a_lock_for_long(ids: Ids, as_owner: psycopg.Connection) -> None:
    hold = held(ids, at(7))
    with as_owner.transaction():
        as_owner.execute("SELECT 1 FROM scheduling_appointment WHERE id = %s FOR UPDATE", [hold.id])
        assert answer_of(partial(confirm, hold)) == "busy_try_again"
    assert confirm(hold) == State.BOOKING


def test_one_patient_confirmed_in_two_places_at_once_comes_to_exactly_one(ids: Ids) -> None:
    holds = [held(ids, at(7))]
    other = appointment(
        at(7, 10),
        at(7, 40),
        state="held",
        practitioner=ids.eye,
        service=ids.first_visit,
        location=ids.south,
        lane=1,
    )
    holds.append(selectors.held(other))
    answers = at_once([partial(answer_of, partial(confirm, hold)) for hold in holds])
    assert sorted(answers) == ["booking", "slot_taken"]
    assert sorted(Appointment.objects.values_list("state", flat=True)) == ["booking", "released"]
    assert (Patient.objects.count(), len(exchange_jobs())) == (1, 1)


def test_the_constraint_stands_behind_the_look_for_clashes(ids: Ids, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "_free_of_clashes", lambda *_, **__: None)
    test_a_clash_of_the_patient_discloses_nothing_and_frees_the_time(ids)


# Outcome


def test_waiting_ends_with_the_answer(ids: Ids) -> None:
    hold = held(ids, at(7))
    confirm(hold)

    def book() -> None:
        Appointment.objects.filter(pk=hold.id).update(state="booked")

    with beside() as start:
        waiting = start(partial(services.wait_for_outcome, hold.id, timeout=20))
        start(book).result()
        assert waiting.result().state == State.BOOKED


@pytest.mark.parametrize(("state", "seconds"), [("booking", 0.1), ("unknown", 20), ("rejected", 20)])
def test_waiting_ends_in_time_or_with_any_outcome(ids: Ids, state: str, seconds: float) -> None:
    row = appointment(at(7), at(7, 20), state=state, location=ids.north)
    assert services.wait_for_outcome(row, timeout=seconds).state == state


# Cancel


def cancel(row: object, token: str | None = None) -> State:
    return services.cancel(row, token=appointment_token(row) if token is None else token).state  # type: ignore[arg-type]


def booked(ids: Ids) -> Hold:
    hold = held(ids, at(7))
    confirm(hold)
    Appointment.objects.filter(pk=hold.id).update(state="booked", answer_by=None)
    return hold


def test_a_booked_visit_is_cancelled_by_a_job_and_once(ids: Ids) -> None:
    hold = booked(ids)
    assert [cancel(hold.id), cancel(hold.id)] == [State.CANCELLING, State.CANCELLING]
    row = Appointment.objects.get()
    assert (row.reason, row.answer_by) == ("cancelled_by_patient", NOW + minutes(2))
    assert [job.args for job in exchange_jobs()] == [{"appointment": str(hold.id)}] * 2
    Appointment.objects.update(state="cancelled")
    assert cancel(hold.id) == State.CANCELLED
    assert len(exchange_jobs()) == 2


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_whoever_lacks_the_secret_cancels_nothing(ids: Ids, token: str) -> None:
    hold = booked(ids)
    assert answer_of(lambda: cancel(hold.id, token)) == "appointment_not_found"
    assert answer_of(lambda: cancel(hold.id, appointment_token(uuid4()))) == "appointment_not_found"
    assert Appointment.objects.get().state == "booked"


def test_a_visit_that_has_begun_is_not_cancelled(ids: Ids, set_clock: SetClock) -> None:
    hold = booked(ids)
    set_clock(at(7))
    assert answer_of(lambda: cancel(hold.id)) == "not_cancellable"
    assert selectors.appointment(hold.id, token=appointment_token(hold.id)).can_cancel is False


@pytest.mark.parametrize("state", sorted(set(State) - {"booked", "cancelling", "cancelled"}))
def test_other_states_are_not_cancelled(ids: Ids, state: str) -> None:
    row = appointment(at(7), at(7, 20), state=state, location=ids.north)
    assert answer_of(lambda: cancel(row)) == "not_cancellable"


# Secrecy


def test_nothing_personal_is_in_jobs_logs_or_clear_columns(
    ids: Ids, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hold = held(ids, at(7))
    done = services.confirm(hold.id, confirmation=confirmation(birth_date="1980-01-02"), idempotency=key())
    answer_of(partial(confirm, hold))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')"
        )
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - names from the catalogue
            kept = "\n".join(row[0] for row in cursor.fetchall())
            for text in PERSONAL:
                assert text not in kept, table
                assert text.encode().hex() not in kept, table
    assert not any(text in caplog.text for text in PERSONAL)
    assert not any(text in repr(done) for text in PERSONAL)
    with transaction.atomic():
        assert patients.person(Appointment.objects.get().patient).family == "Вымышленова"


def test_a_confirmation_does_not_show_the_person() -> None:
    shown: Confirmation = confirmation()
    assert not any(text in repr(shown) for text in PERSONAL)


def test_a_silent_mis_does_not_stop_who_holds_already(ids: Ids) -> None:
    hold = held(ids, at(7))
    SyncStatus.objects.update(as_of=NOW - minutes(60))
    assert confirm(hold) == State.BOOKING
