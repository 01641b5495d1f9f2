"""A mother books her child; a device books again whom it booked before, without typing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from uuid import UUID

import pytest
from django.db import connection, transaction

from conftest import SetClock
from domain.scheduling.clinic import Ids, confirmation, key_at, open_clinic, tell_schedule
from domain.scheduling.factory import NOW, at, minutes
from domain.scheduling.interleaving import at_once
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.devices import GRACE
from feldsher.domain.patients.models import Consent, Patient, RelatedPerson, Remembered
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import selectors, services
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.sealed import open_wish
from feldsher.domain.scheduling.tokens import appointment_token, slot_token
from feldsher.domain.scheduling.types import BookerInput, Confirmation, Hold, Idempotency, KnownPerson
from feldsher.kernel.errors import DomainError, InvalidInputError

pytestmark = pytest.mark.django_db(transaction=True)

PHONE_AT_HOME, OTHER_DEVICE = "device-of-the-mother", "device-of-nobody"
CHILD = {"given": "Миша", "birth_date": "2019-05-05"}
MOTHER = BookerInput("parent", "Вымышленова Анна")


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    publish("first", valid_from=NOW - minutes(1))
    found = open_clinic()
    tell_schedule(found)
    return found


def publish(version: str, *, valid_from: datetime) -> None:
    patient_services.publish_consent_text(
        Purpose.BOOKING, version=version, body=f"Согласен. {{operator}} {version}", valid_from=valid_from
    )


def hold(ids: Ids, start: datetime, *, device: str = PHONE_AT_HOME, location: UUID | None = None) -> Hold:
    token = slot_token(key_at(ids, start, location=location))
    return services.hold(token, channel="site", device=device)


def of_child(**fields: str) -> Confirmation:
    return replace(confirmation(**(CHILD | fields)), booker=MOTHER)


def answer_of(call: Callable[[], object]) -> str:
    try:
        call()
    except DomainError as error:
        return error.code
    return "booking"


def book(ids: Ids, start: datetime, *, what: Confirmation | None = None, device: str = PHONE_AT_HOME) -> UUID:
    """Book what was typed, and let the clinic accept it."""
    held = hold(ids, start, device=device)
    services.confirm(held.id, confirmation=what or confirmation())
    Appointment.objects.filter(pk=held.id).update(state="booked")
    return held.id


def remember(visit: UUID, *, known: str = "", device: str = PHONE_AT_HOME) -> str:
    return services.remember_patient(visit, token=appointment_token(visit), device=device, known=known)


def again(token: str, *, consents: tuple[str, ...] = ()) -> Confirmation:
    """Return the second step for who was booked last on the device: nothing typed, nothing ticked."""
    [card, *_] = patients.remembered(token)
    return Confirmation(KnownPerson(token, card.id), consents=consents)


def confirm(held: Hold, what: Confirmation, *, idempotency: Idempotency | None = None) -> str:
    return answer_of(lambda: services.confirm(held.id, confirmation=what, idempotency=idempotency))


# A child


def test_a_child_is_the_patient_and_its_mother_the_one_who_consents(ids: Ids) -> None:
    visit = book(ids, at(7), what=of_child())
    row, related, consent = Patient.objects.get(), RelatedPerson.objects.get(), Consent.objects.get()
    with transaction.atomic():
        card = patients.person(row.id)
    assert (card.given, card.birth_date, card.phone) == ("Миша", date(2019, 5, 5), "+79210000017")
    assert (related.patient_id, related.relation) == (row.id, "parent")
    assert (consent.patient_id, consent.given_by_id, consent.appointment_id) == (row.id, related.id, visit)
    assert Appointment.objects.get().patient == row.id


@pytest.mark.parametrize(
    ("relation", "words"),
    [("parent", "Записал законный представитель: "), ("other", "По просьбе пациента записал: ")],
)
def test_the_registrar_reads_who_booked_before_the_wish(ids: Ids, relation: str, words: str) -> None:
    what = replace(of_child(), booker=BookerInput(relation, "Вымышленова Анна"))
    visit = book(ids, at(7), what=what)
    sealed = bytes(Exchange.objects.get().wish)
    assert open_wish(sealed, appointment=visit) == f"{words}Вымышленова Анна. Окно у двери"


def test_a_fault_of_who_books_leaves_the_hold(ids: Ids) -> None:
    held = hold(ids, at(7))
    faulty = replace(of_child(birth_date="", family=""), booker=BookerInput("parent", ""))
    with pytest.raises(InvalidInputError) as refused:
        services.confirm(held.id, confirmation=faulty)
    assert set(refused.value.fields) == {"birth_date", "family", "booker"}
    assert selectors.held(held.id) == held
    assert not Patient.objects.exists()


def test_a_mother_and_her_child_confirmed_at_once_are_two(ids: Ids) -> None:
    mother, child = hold(ids, at(7)), hold(ids, at(8))
    answers = at_once([partial(confirm, mother, confirmation()), partial(confirm, child, of_child())])
    assert answers == ["booking", "booking"]
    assert (Patient.objects.count(), RelatedPerson.objects.count()) == (2, 1)
    assert set(Consent.objects.values_list("given_by", flat=True)) == {
        None,
        RelatedPerson.objects.get().id,
    }


def test_two_visits_of_one_child_confirmed_at_once_make_one_child(ids: Ids) -> None:
    held = [hold(ids, at(7)), hold(ids, at(8))]
    assert at_once([partial(confirm, each, of_child()) for each in held]) == ["booking"] * 2
    assert (Patient.objects.count(), RelatedPerson.objects.count()) == (1, 1)


def test_the_familys_visits_count_for_its_one_phone(ids: Ids, settings: object) -> None:
    booking = replace(settings.FELDSHER_BOOKING, visits_per_phone=2)  # type: ignore[attr-defined] - pytest-django's
    settings.FELDSHER_BOOKING = booking  # type: ignore[attr-defined] - as above
    token = remember(book(ids, at(7), what=of_child()))
    book(ids, at(8))
    assert confirm(hold(ids, at(9)), again(token)) == "too_many_visits"


# Who may be remembered


def test_only_a_booked_visit_of_this_device_and_its_owner_is_remembered(ids: Ids) -> None:
    held = hold(ids, at(7))
    services.confirm(held.id, confirmation=confirmation())
    for state in ("booking", "unknown"):
        Appointment.objects.filter(pk=held.id).update(state=state)
        assert answer_of(partial(remember, held.id)) == "appointment_not_found"
    Appointment.objects.filter(pk=held.id).update(state="booked")
    assert answer_of(partial(remember, held.id, device=OTHER_DEVICE)) == "appointment_not_found"
    assert answer_of(partial(remember, held.id, device="")) == "appointment_not_found"
    for token in ("", "wrong"):
        stranger = partial(services.remember_patient, held.id, token=token, device=PHONE_AT_HOME, known="")
        assert answer_of(stranger) == "appointment_not_found"
    assert not Remembered.objects.exists()
    remember(held.id)
    assert Remembered.objects.count() == 1


# Without typing


def test_a_remembered_child_is_booked_without_typing_or_a_new_consent(ids: Ids) -> None:
    token = remember(book(ids, at(7), what=of_child()))
    held = hold(ids, at(8))
    assert confirm(held, again(token)) == "booking"
    assert Appointment.objects.get(pk=held.id).patient == Patient.objects.get().id
    assert (Consent.objects.count(), RelatedPerson.objects.count()) == (1, 1)
    wish = open_wish(bytes(Exchange.objects.get(pk=held.id).wish), appointment=held.id)
    assert wish == "Записал законный представитель: Вымышленова Анна."


def consent_needed(ids: Ids, token: str, *, held: Hold | None = None) -> None:
    """Assert that the box comes back, and that a tick is enough."""
    held = held or hold(ids, at(8))
    [card, *_] = patients.remembered(token)
    asked = selectors.standing_consent(held.id, patient_id=card.patient_id, given_by=card.related_id)
    assert asked is None
    assert confirm(held, again(token)) == "consent_required"
    assert selectors.held(held.id) == held
    assert confirm(held, again(token, consents=("booking",))) == "booking"
    assert Consent.objects.filter(appointment_id=held.id).count() == 1


def test_the_consent_that_stands_is_told_with_its_day(ids: Ids) -> None:
    token = remember(book(ids, at(7)))
    [card] = patients.remembered(token)
    held = hold(ids, at(8))
    assert selectors.standing_consent(held.id, patient_id=card.patient_id, given_by=None) == NOW


def test_a_new_text_asks_again(ids: Ids, set_clock: SetClock) -> None:
    token = remember(book(ids, at(7)))
    set_clock(NOW + minutes(1))
    publish("second", valid_from=NOW + minutes(1))
    consent_needed(ids, token)


def test_a_withdrawn_consent_asks_again(ids: Ids) -> None:
    token = remember(book(ids, at(7)))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE patients_consent SET withdrawn_at = given_at")
    consent_needed(ids, token)


def test_a_consent_given_on_another_device_is_neither_used_nor_told(ids: Ids) -> None:
    """Who types a known name and phone must not learn that, or when, their owner was booked."""
    book(ids, at(7), device=OTHER_DEVICE)
    token = remember(book(ids, at(8)))
    Consent.objects.filter(appointment_id=Appointment.objects.get(visit__startswith=at(8)).id).delete()
    consent_needed(ids, token, held=hold(ids, at(9)))


def test_a_consent_to_one_legal_entity_is_none_to_another(ids: Ids, monkeypatch: pytest.MonkeyPatch) -> None:
    token = remember(book(ids, at(7)))
    place = selectors.people.directory.location

    def another(location: UUID) -> object:
        card = place(location)
        return replace(card, organization_id=UUID(int=8)) if location == ids.south else card

    monkeypatch.setattr(selectors.people.directory, "location", another)
    consent_needed(ids, token, held=hold(ids, at(9), location=ids.south))


def test_a_typed_person_needs_a_consent_whoever_is_remembered(ids: Ids) -> None:
    remember(book(ids, at(7)))
    assert confirm(hold(ids, at(8)), replace(confirmation(), consents=())) == "consent_required"


def test_the_remembered_of_another_device_are_nobody(ids: Ids) -> None:
    token = remember(book(ids, at(7)))
    what = again(token)
    assert isinstance(what.person, KnownPerson)
    forged = replace(what, person=KnownPerson("a" * 43, what.person.id))
    held = hold(ids, at(8))
    assert confirm(held, forged) == "remembered_gone"
    assert selectors.held(held.id) == held


def test_who_was_forgotten_is_not_booked(ids: Ids) -> None:
    token = remember(book(ids, at(7)))
    what = again(token)
    assert isinstance(what.person, KnownPerson)
    patient_services.forget(token, what.person.id)
    assert confirm(hold(ids, at(8)), what) == "remembered_gone"


# One token, two holders


def test_a_double_tap_books_once_and_turns_the_token_once(ids: Ids) -> None:
    token = remember(book(ids, at(7)))
    held, what = hold(ids, at(8)), again(token)
    twice = Idempotency(sha256(b"key").digest(), sha256(b"body").digest())
    turned = set()
    for _ in range(2):
        assert confirm(held, what, idempotency=twice) == "booking"
        turned.add(patient_services.turn(token))
    assert len(turned) == 1
    assert Appointment.objects.filter(state="booking").count() == 1


def test_two_uses_of_one_token_at_once_both_book_and_turn_it_once(ids: Ids) -> None:
    token = remember(book(ids, at(7)))
    holds, what = [hold(ids, at(8)), hold(ids, at(9))], again(token)

    def use(held: Hold) -> str | None:
        services.confirm(held.id, confirmation=what)
        return patient_services.turn(token)

    first, second = at_once([partial(use, held) for held in holds])
    assert first == second
    assert Appointment.objects.filter(state="booking").count() == 2
    assert [card.phone[-2:] for card in patients.remembered(str(first))] == ["17"]


def test_a_copied_token_works_for_one_holder_and_then_for_nobody(ids: Ids, set_clock: SetClock) -> None:
    """The thief books first: the owner's phone comes with an old token, and both must type again."""
    token = remember(book(ids, at(7)))
    owners = again(token)
    held = hold(ids, at(8), device=OTHER_DEVICE)
    assert confirm(held, again(token)) == "consent_required"
    assert confirm(held, again(token, consents=("booking",))) == "booking"
    stolen = patient_services.turn(token)
    set_clock(NOW + GRACE)
    assert confirm(hold(ids, at(9)), owners) == "remembered_gone"
    assert patients.remembered(str(stolen)) == ()
    assert not Remembered.objects.exists()
