"""When a booking is asked for a code, what the code buys, and the one renewal of a hold."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from conftest import SetClock
from domain.scheduling.clinic import Ids, confirmation, key_at, open_clinic, tell_schedule
from domain.scheduling.factory import NOW, appointment, at, minutes
from domain.scheduling.interleaving import at_once
from feldsher.conf.environment import BookingSettings
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.models import Patient
from feldsher.domain.patients.types import Purpose, TypedPerson
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.models import Appointment, Outcome
from feldsher.domain.scheduling.services import proving
from feldsher.domain.scheduling.services.proving import _renewed
from feldsher.domain.scheduling.tokens import appointment_token, slot_token
from feldsher.domain.scheduling.types import (
    CodeRequest,
    Confirmation,
    Hold,
    Idempotency,
    KnownPerson,
    PhoneCode,
)
from feldsher.foundation.access.errors import PhoneProofWrongError
from feldsher.foundation.access.models import PhoneCode as CodeRow
from feldsher.kernel import clock
from feldsher.kernel.errors import DomainError, InvalidInputError
from support.sms import Phones, phones

pytestmark = pytest.mark.django_db(transaction=True)

HOME, LAPTOP = "device-at-home", "device-at-work"
PHONE, OTHER_PHONE = "8 921 000-00-17", "+7 921 000-00-18"
HERE = "127.0.0.1"


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    text = "Согласен. {operator}"
    patient_services.publish_consent_text(
        Purpose.BOOKING, version="first", body=text, valid_from=NOW - minutes(1)
    )
    found = open_clinic()
    tell_schedule(found)
    return found


@pytest.fixture
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


@pytest.fixture
def risk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask who gives a reason: here two visits elsewhere or three bookings a day, which keeps tests short."""
    settings.FELDSHER_BOOKING = BookingSettings(phone_proof="risk")
    monkeypatch.setattr(proving, "VISITS_ELSEWHERE", 2)
    monkeypatch.setattr(proving, "BOOKINGS_A_DAY", 3)


@pytest.fixture
def always(settings: Settings) -> None:
    settings.FELDSHER_BOOKING = BookingSettings(phone_proof="always")


def hold(ids: Ids, start: datetime, *, device: str = HOME, location: UUID | None = None) -> Hold:
    return services.hold(slot_token(key_at(ids, start, location=location)), channel="site", device=device)


def key(name: str) -> Idempotency:
    return Idempotency(sha256(name.encode()).digest(), sha256(b"body").digest())


def ask(
    held: Hold,
    *,
    phone: str | KnownPerson = PHONE,
    idempotency: Idempotency | None = None,
) -> PhoneCode:
    request = CodeRequest(phone, HERE)
    return services.request_phone_code(held.id, request=request, idempotency=idempotency)


def answer_of(call: Callable[[], object]) -> str:
    try:
        call()
    except DomainError as error:
        return error.code
    return "ok"


def confirm(
    held: Hold, *, code: str = "", what: Confirmation | None = None, idempotency: Idempotency | None = None
) -> str:
    said = replace(what or confirmation(), phone_proof=code)
    return answer_of(lambda: services.confirm(held.id, confirmation=said, idempotency=idempotency))


def book(ids: Ids, start: datetime, *, device: str = HOME, phone: str = PHONE, given: str = "Проба") -> UUID:
    """Book a visit that the clinic has accepted, whatever the policy asks."""
    held = hold(ids, start, device=device)
    row = Appointment.objects.get(pk=held.id)
    read = patient_services.read_person(TypedPerson(family="Вымышленова", given=given, phone=phone))
    row.patient = patient_services.ensure_patient(read, channel="site")
    row.state, row.hold_until = "booking", None
    row.save(update_fields=["patient", "state", "hold_until"])
    Appointment.objects.filter(pk=held.id).update(state="booked", created_at=clock.now())
    return held.id


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


# Asking for a code


def test_a_code_is_sent_and_the_hold_renewed(
    ids: Ids, sms: Phones, always: None, set_clock: SetClock
) -> None:
    held = hold(ids, at(7))
    set_clock(NOW + minutes(4))
    told = ask(held)
    assert told == PhoneCode(
        sent_to="+7\u00a0921\u00a0•••-••-17",
        resend_at=NOW + minutes(5),
        expires_at=NOW + minutes(14),
        hold_expires_at=NOW + minutes(14),
    )
    assert selectors.held(held.id).expires_at == NOW + minutes(14)
    row = Appointment.objects.get()
    assert (row.state, row.version, row.renewed_at) == ("held", 1, NOW + minutes(4))
    sms.code()
    assert sms.texts[0][0] == "+79210000017"


def test_whoever_asks_twice_renews_once(ids: Ids, sms: Phones, always: None, set_clock: SetClock) -> None:
    held = hold(ids, at(7))
    until = [ask(held).hold_expires_at]
    for number in (2, 4, 6):
        set_clock(NOW + minutes(number))
        until.append(ask(held).hold_expires_at)
    assert until == [NOW + minutes(10)] * 4
    set_clock(NOW + minutes(10))
    assert answer_of(partial(ask, held)) == "hold_expired"
    assert CodeRow.objects.count() == 4


def test_the_database_lets_nobody_renew_twice(ids: Ids, always: None, as_owner: psycopg.Connection) -> None:
    """The negative control: without its trigger the same second renewal goes through."""
    held = hold(ids, at(7))
    rows = Appointment.objects.filter(pk=held.id)

    def renew(minute: int) -> str:
        try:
            with transaction.atomic():
                rows.update(hold_until=NOW + minutes(10 + minute), renewed_at=NOW + minutes(minute))
        except IntegrityError:
            return "refused"
        return "renewed"

    assert [renew(1), renew(2)] == ["renewed", "refused"]
    assert rows.get().hold_until == NOW + minutes(11)
    as_owner.execute("ALTER TABLE scheduling_appointment DISABLE TRIGGER appointment_renewal")
    try:
        assert renew(2) == "renewed"
    finally:
        as_owner.execute("ALTER TABLE scheduling_appointment ENABLE TRIGGER appointment_renewal")


@pytest.mark.parametrize("change", [{"hold_until": NOW + minutes(60)}, {"renewed_at": NOW}])
def test_no_hold_grows_in_silence_nor_after_its_end(
    ids: Ids, set_clock: SetClock, change: dict[str, datetime]
) -> None:
    held = hold(ids, at(7))
    rows = Appointment.objects.filter(pk=held.id)
    if "hold_until" in change:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    set_clock(NOW + minutes(10))
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(hold_until=NOW + minutes(20), renewed_at=NOW + minutes(10))


def test_of_eight_that_renew_at_once_one_does(ids: Ids, set_clock: SetClock) -> None:
    held = hold(ids, at(7))
    set_clock(NOW + minutes(1))

    def renew() -> datetime:
        with transaction.atomic():
            row = _renewed(held.id)
        assert row.hold_until is not None
        return row.hold_until

    assert set(at_once([renew] * 8)) == {NOW + minutes(11)}


def test_an_expired_hold_is_not_renewed_and_no_code_is_sent(
    ids: Ids, sms: Phones, always: None, set_clock: SetClock
) -> None:
    held = hold(ids, at(7))
    set_clock(NOW + minutes(10))
    assert answer_of(partial(ask, held)) == "hold_expired"
    assert (CodeRow.objects.count(), sms.texts) == (0, [])
    gone = replace(held, id=uuid4())
    assert answer_of(partial(ask, gone)) == "hold_not_found"


def test_the_same_request_answers_the_same_and_sends_nothing(
    ids: Ids, sms: Phones, always: None, set_clock: SetClock
) -> None:
    held = hold(ids, at(7))
    first = ask(held, idempotency=key("one"))
    set_clock(NOW + minutes(2))
    assert ask(held, idempotency=key("one")) == first
    assert answer_of(partial(ask, held, idempotency=key("two"))) == "ok"
    assert CodeRow.objects.count() == 2


def test_the_answer_tells_nothing_of_a_phone(ids: Ids, sms: Phones, always: None) -> None:
    book(ids, at(9), device=LAPTOP)
    known, unknown = ask(hold(ids, at(7))), ask(hold(ids, at(8)), phone=OTHER_PHONE)
    assert replace(known, sent_to="") == replace(unknown, sent_to="")


def test_a_phone_is_read_and_a_policy_kept(ids: Ids, sms: Phones, settings: Settings) -> None:
    held = hold(ids, at(7))
    assert answer_of(partial(ask, held)) == "phone_code_not_needed"
    settings.FELDSHER_BOOKING = BookingSettings(phone_proof="always")
    with pytest.raises(InvalidInputError) as refused:
        ask(held, phone="+7 921")
    assert set(refused.value.fields) == {"phone"}


# Always


def test_with_always_nobody_is_booked_without_a_code(ids: Ids, sms: Phones, always: None) -> None:
    held = hold(ids, at(7))
    assert confirm(held) == "phone_proof_required"
    assert (Patient.objects.count(), selectors.held(held.id)) == (0, held)
    ask(held)
    assert confirm(held, code=sms.code()) == "ok"
    assert Appointment.objects.get().state == "booking"


def test_a_wrong_code_says_how_many_tries_are_left_and_books_nobody(
    ids: Ids, sms: Phones, always: None, set_clock: SetClock
) -> None:
    held = hold(ids, at(7))
    ask(held)
    code = sms.code()
    left = []
    for _ in range(5):
        with pytest.raises(PhoneProofWrongError) as refused:
            services.confirm(held.id, confirmation=replace(confirmation(), phone_proof=wrong(code)))
        left.append(refused.value.tries_left)
    assert left == [4, 3, 2, 1, 0]
    assert confirm(held, code=code) == "phone_proof_over"
    assert (Patient.objects.count(), selectors.held(held.id)) == (0, held)
    set_clock(NOW + minutes(1))
    ask(held)
    assert confirm(held, code=sms.code()) == "ok"


def test_a_repeated_call_burns_no_try_and_hears_the_same(ids: Ids, sms: Phones, always: None) -> None:
    held = hold(ids, at(7))
    ask(held)
    code = sms.code()
    assert [confirm(held, code=wrong(code), idempotency=key("w")) for _ in range(6)] == [
        "phone_proof_wrong"
    ] * 6
    assert CodeRow.objects.get().tries == 1
    assert [confirm(held, code=code, idempotency=key("r")) for _ in range(2)] == ["ok", "ok"]


def test_what_is_no_code_is_said_beside_its_field(ids: Ids, sms: Phones, always: None) -> None:
    held = hold(ids, at(7))
    ask(held)
    with pytest.raises(InvalidInputError) as refused:
        services.confirm(held.id, confirmation=replace(confirmation(), phone_proof="12"))
    assert set(refused.value.fields) == {"phone_proof"}


def test_a_code_proves_its_phone_and_its_device_only(ids: Ids, sms: Phones, always: None) -> None:
    held, elsewhere = hold(ids, at(7)), hold(ids, at(8), device=LAPTOP)
    ask(held)
    code = sms.code()
    assert confirm(elsewhere, code=code) == "phone_proof_over"
    assert confirm(held, code=code, what=confirmation(phone=OTHER_PHONE)) == "phone_proof_over"
    again = hold(ids, at(9))
    assert confirm(again, code=code) == "ok"
    assert confirm(held, code=code) == "phone_proof_over"


def test_a_caller_without_a_device_has_a_code_for_its_hold_alone(ids: Ids, sms: Phones, always: None) -> None:
    held, other = hold(ids, at(7), device=""), hold(ids, at(8), device="")
    ask(held)
    code = sms.code()
    assert confirm(other, code=code) == "phone_proof_over"
    assert confirm(held, code=code) == "ok"


def test_of_confirmations_at_once_one_spends_the_code(ids: Ids, sms: Phones, always: None) -> None:
    holds = [hold(ids, at(hour)) for hour in (6, 7, 8, 9)]
    ask(holds[0])
    code = sms.code()
    names = ["Анна", "Вера", "Нина", "Ольга"]
    calls = [
        partial(confirm, held, code=code, what=confirmation(given=name))
        for held, name in zip(holds, names, strict=True)
    ]
    answers = at_once(calls)
    assert (answers.count("ok"), answers.count("phone_proof_over")) == (1, 3)


def clash(ids: Ids, *, device: str, booked_by: str = LAPTOP) -> Hold:
    """Return a hold that overlaps a visit of the same patient with another doctor, booked by a device."""
    held = hold(ids, at(9), device=device)
    patient = Appointment.objects.get(pk=book(ids, at(6), device=booked_by))
    Appointment.objects.filter(pk=patient.pk).update(state="cancelled")
    appointment(at(9), at(9, 20), patient=patient.patient, device=bytes(patient.device or b""))
    return held


def test_a_conflict_is_told_after_the_proof_and_leaves_the_code_good(
    ids: Ids, sms: Phones, always: None
) -> None:
    held = clash(ids, device=HOME)
    ask(held)
    code = sms.code()
    assert [confirm(held, code=code, idempotency=key("c")) for _ in range(2)] == ["patient_conflict"] * 2
    assert Appointment.objects.get(pk=held.id).state == "released"
    assert confirm(hold(ids, at(8)), code=code) == "ok"


def test_without_a_policy_a_conflict_is_a_taken_time(ids: Ids) -> None:
    held = clash(ids, device=HOME)
    assert confirm(held, idempotency=key("c")) == "slot_taken"
    assert Outcome.objects.get(pk=key("c").key).code == "taken"


# Risk


@pytest.mark.usefixtures("risk")
class TestRisk:
    def test_a_first_booking_is_asked_for_nothing(self, ids: Ids) -> None:
        assert confirm(hold(ids, at(7))) == "ok"

    def test_two_coming_visits_from_other_devices_are_a_risk(self, ids: Ids, sms: Phones) -> None:
        for number, hour in enumerate((10, 11)):
            assert confirm(hold(ids, at(6 + number)), what=confirmation(given=f"Имя{'аб'[number]}")) == "ok"
            book(ids, at(hour), device=LAPTOP)
        held = hold(ids, at(8))
        assert confirm(held) == "phone_proof_required"
        assert confirm(held, what=confirmation(phone=OTHER_PHONE)) == "ok"
        held = hold(ids, at(9))
        ask(held)
        assert confirm(held, code=sms.code()) == "ok"

    def test_visits_that_are_over_or_of_this_device_are_none(self, ids: Ids) -> None:
        patient = Appointment.objects.get(pk=book(ids, at(10), device=LAPTOP)).patient
        for hours in (3, 4):
            begin = NOW - timedelta(hours=hours)
            appointment(begin, begin + minutes(20), patient=patient)
        for hour in (12, 13):
            book(ids, at(hour), device=HOME)
        assert confirm(hold(ids, at(7))) == "ok"

    def test_a_caller_without_a_device_is_another_device(self, ids: Ids) -> None:
        for hour in (10, 11):
            book(ids, at(hour), device="")
        assert confirm(hold(ids, at(7), device="")) == "phone_proof_required"

    def test_the_fourth_booking_of_a_device_in_a_day_is_a_risk(self, ids: Ids) -> None:
        booked = [book(ids, at(hour), phone=f"+7 921 000-00-2{hour % 10}") for hour in (10, 11, 12)]
        Appointment.objects.filter(pk=booked[0]).update(state="cancelled")
        held = hold(ids, at(7))
        assert confirm(held) == "phone_proof_required"
        assert confirm(hold(ids, at(8), device=LAPTOP), what=confirmation(phone=OTHER_PHONE)) == "ok"
        Appointment.objects.filter(pk=booked[0]).update(created_at=NOW - timedelta(hours=25))
        assert confirm(held) == "ok"

    def test_an_overlapping_visit_is_not_told_but_asked_about(self, ids: Ids, sms: Phones) -> None:
        held = clash(ids, device=HOME)
        assert confirm(held) == "phone_proof_required"
        assert selectors.held(held.id) == held
        ask(held)
        assert confirm(held, code=sms.code()) == "patient_conflict"

    def test_who_is_known_to_a_device_is_not_asked(self, ids: Ids) -> None:
        what = known(ids)
        for hour in (10, 11):
            book(ids, at(hour), device=LAPTOP)
        assert confirm(hold(ids, at(7)), what=what) == "ok"

    @pytest.mark.parametrize(
        ("booked_by", "answer"), [(HOME, "patient_conflict"), (LAPTOP, "phone_proof_required")]
    )
    def test_a_device_is_told_of_what_it_booked_itself(self, ids: Ids, booked_by: str, answer: str) -> None:
        what = known(ids)
        assert confirm(clash(ids, device=HOME, booked_by=booked_by), what=what) == answer


def known(ids: Ids) -> Confirmation:
    """Return the second step for somebody whom the device at home has booked and remembers."""
    held = hold(ids, at(13))
    services.confirm(held.id, confirmation=replace(confirmation(), phone_proof=""))
    Appointment.objects.filter(pk=held.id).update(state="booked")
    token = services.remember_patient(held.id, token=appointment_token(held.id), device=HOME, known="")
    [card] = patients.remembered(token)
    return Confirmation(KnownPerson(token, card.id), consents=())


def test_with_always_who_is_known_to_a_device_is_asked_too(ids: Ids, sms: Phones, settings: Settings) -> None:
    what = known(ids)
    settings.FELDSHER_BOOKING = BookingSettings(phone_proof="always")
    held = hold(ids, at(7))
    assert confirm(held, what=what) == "phone_proof_required"
    assert isinstance(what.person, KnownPerson)
    told = ask(held, phone=what.person)
    assert (told.sent_to, services.phone_code(held.id, phone=what.person)) == (
        "+7\u00a0921\u00a0•••-••-17",
        told,
    )
    assert confirm(held, what=what, code=sms.code()) == "ok"
