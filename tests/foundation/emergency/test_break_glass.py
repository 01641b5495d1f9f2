"""C14: a reason, one patient, an hour, notices, and a review by somebody else within three working days."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from pytest_django import Settings

from conftest import SetClock
from domain.scheduling.factory import NOW, appointment, at
from domain.scheduling.staff import hired
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.errors import NobodyFoundError, SeveralFoundError
from feldsher.domain.patients.types import NewBooker, NewPatient, Relation, TypedPerson
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.context import no_context
from feldsher.foundation.access.errors import FactorNotProvedError, ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.emergency import selectors, services
from feldsher.foundation.emergency.errors import GlassOverError, OwnReviewError, ReviewedError
from feldsher.foundation.emergency.models import BrokenGlass
from feldsher.foundation.emergency.types import Glass, Judgement
from feldsher.foundation.messaging.models import Message
from feldsher.foundation.messaging.ports import NotSent
from feldsher.foundation.messaging.sending import TRIES
from feldsher.kernel.errors import InvalidInputError, NotFoundError
from support.sms import Phones, deliver, phones

pytestmark = pytest.mark.django_db
WHY = {"reason": "life", "words": "Привезли без сознания, своего врача нет"}
ANNA = TypedPerson("Небывалова", "Анна", phone="", birth_date="1990-01-02")
EYES, HEART = uuid4(), uuid4()


@pytest.fixture
def sms() -> Iterator[Phones]:
    with phones() as sender:
        yield sender


@pytest.fixture(autouse=True)
def _noon(set_clock: SetClock) -> None:
    set_clock(NOW)


def of_department(staff: Staff, department: UUID) -> Staff:
    return Staff(staff.id, staff.login, staff.name, staff.roles, None, department)


@pytest.fixture
def doctor() -> Staff:
    return of_department(hired("doctor", "Образцов И. П.", Role.OTHER_DOCTOR), EYES)


@pytest.fixture
def chief() -> Staff:
    return hired("chief", "Главный Г. Г.", Role.CHIEF_PHYSICIAN)


@pytest.fixture
def anna() -> UUID:
    return person("Анна", date(1990, 1, 2), "+79000000001")


def person(given: str, birth_date: date | None, phone: str) -> UUID:
    return patients.ensure_patient(
        NewPatient("Небывалова", given, phone=phone, birth_date=birth_date), channel="site"
    )


def opened(staff: Staff, sought: TypedPerson = ANNA, **why: str) -> Glass:
    with no_context():
        return patients.open_in_emergency(staff, sought, **{**WHY, **why}, proof=lambda: None)


def shown(staff: Staff, glass: Glass) -> list[UUID]:
    with no_context():
        return [visit.id for visit in scheduling.emergency_record(staff, glass.id).visits]


def refusals() -> int:
    return AccessEntry.objects.filter(result="refused").count()


def test_c14_one_patient_is_open_for_an_hour_by_the_clock(
    doctor: Staff, anna: UUID, sms: Phones, set_clock: SetClock
) -> None:
    visit = appointment(at(6), at(7), patient=anna)
    appointment(at(8), at(9), patient=person("Вера", date(1991, 1, 2), "+79000000002"))
    glass = opened(doctor)
    assert shown(doctor, glass) == [visit]
    set_clock(NOW + timedelta(minutes=59, seconds=59))
    assert shown(doctor, glass) == [visit]
    set_clock(NOW + timedelta(minutes=60))
    before = refusals()
    with pytest.raises(GlassOverError):
        shown(doctor, glass)
    assert refusals() == before + 1


def test_c14_the_journal_says_from_where_the_patient_was_opened(
    doctor: Staff, anna: UUID, sms: Phones
) -> None:
    doctor = replace(doctor, device="d1", network="203.0.113.0/24")
    appointment(at(6), at(7), patient=anna)
    shown(doctor, opened(doctor))
    rows = AccessEntry.objects.filter(actor=doctor.id, relation="bg")
    assert {(row.device, row.network) for row in rows} == {("d1", "203.0.113.0/24")}


def test_c14_within_the_access_raw_sql_sees_this_patient_alone(
    doctor: Staff, anna: UUID, sms: Phones, nothing_in_reach: None
) -> None:
    glass = opened(doctor)
    with selectors.as_emergency(doctor, glass.id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM patients_patient")
        assert [row[0] for row in cursor.fetchall()] == [anna]
        cursor.execute("UPDATE patients_patient SET channel = 'x'")
        assert cursor.rowcount == 0


@pytest.fixture
def nothing_in_reach(anna: UUID) -> Iterator[None]:
    """Take from the session what tests may otherwise see, after the people are there."""
    person("Вера", date(1991, 1, 2), "+79000000002")
    with connection.cursor() as cursor:
        for name in ("visits", "persons", "writes", "journal"):
            cursor.execute("SELECT set_config(%s, '', true)", [f"feldsher.{name}"])
    with no_context():
        yield


def test_c14_a_new_access_ends_the_one_before_and_one_can_be_ended(
    doctor: Staff, anna: UUID, sms: Phones
) -> None:
    person("Вера", date(1991, 1, 2), "+79000000002")
    first = opened(doctor)
    second = opened(doctor, TypedPerson("Небывалова", "Вера", phone="8 900 000-00-02"))
    with pytest.raises(GlassOverError):
        shown(doctor, first)
    services.end(doctor, second.id)
    services.end(doctor, second.id)
    with pytest.raises(GlassOverError):
        shown(doctor, second)


def test_c14_an_access_is_its_persons_own(doctor: Staff, anna: UUID, sms: Phones) -> None:
    other = hired("other", "Другой Д. Д.", Role.OTHER_DOCTOR)
    glass = opened(doctor)
    with pytest.raises(GlassOverError):
        shown(other, glass)
    services.end(other, glass.id)
    assert shown(doctor, glass) == []


@pytest.mark.parametrize(
    ("why", "fields"),
    [
        ({"reason": ""}, {"reason"}),
        ({"reason": "curiosity"}, {"reason"}),
        ({"words": "надо"}, {"words"}),
        ({"words": "1234567890!"}, {"words"}),
        ({"words": "а" * 1001}, {"words"}),
        ({"reason": "", "words": " "}, {"reason", "words"}),
    ],
)
def test_c14_without_a_reason_nothing_opens(
    doctor: Staff, anna: UUID, sms: Phones, why: dict[str, str], fields: set[str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        opened(doctor, **why)
    assert set(refused.value.fields) == fields
    assert BrokenGlass.objects.count() == Message.objects.count() == 0


def test_c14_without_a_second_factor_nothing_opens_and_nobody_is_told(doctor: Staff, anna: UUID) -> None:
    def refuse() -> None:
        raise FactorNotProvedError

    with no_context(), pytest.raises(FactorNotProvedError):
        patients.open_in_emergency(doctor, ANNA, **WHY, proof=refuse)
    assert BrokenGlass.objects.count() == Message.objects.count() == 0
    assert not AccessEntry.objects.filter(what="emergency").exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OTHER_DOCTOR])
def test_c14_no_other_role_opens(role: Role, anna: UUID) -> None:
    before = refusals()
    with pytest.raises(ForbiddenError):
        opened(hired("somebody", "Некто Н. Н.", role))
    assert refusals() == before + 1
    assert BrokenGlass.objects.count() == 0


def test_c14_nobody_and_several_people_are_refused_and_the_journal_keeps_it(
    doctor: Staff, anna: UUID, sms: Phones
) -> None:
    person("Анна", date(1990, 1, 2), "+79000000003")
    person("Анна", None, "+79000000004")
    before = refusals()
    with pytest.raises(NobodyFoundError):
        opened(doctor, TypedPerson("Небывалова", "Анна", phone="", birth_date="1990-01-03"))
    with pytest.raises(NobodyFoundError):
        opened(doctor, TypedPerson("Небывалова", "Ольга", phone="", birth_date="1990-01-02"))
    with pytest.raises(SeveralFoundError):
        opened(doctor)
    assert refusals() == before + 3
    assert BrokenGlass.objects.count() == 0
    found = opened(
        doctor, TypedPerson("НЕБЫВАЛОВА", "анна", phone="8 900 000-00-01", birth_date="1990-01-02")
    )
    assert found.patient_id == anna
    opened(doctor, TypedPerson("Небывалова", "Анна", phone="8 900 000-00-04"))


def test_c14_whom_one_looks_for_has_a_name_and_a_date_or_a_phone(doctor: Staff) -> None:
    with pytest.raises(InvalidInputError) as refused:
        opened(doctor, TypedPerson("", "Анна", phone=""), reason="")
    assert set(refused.value.fields) == {"family", "birth_date", "reason"}


def test_c14_the_patient_is_told_and_finds_it_in_the_journal(
    doctor: Staff, anna: UUID, sms: Phones, settings: Settings
) -> None:
    settings.SITE_URL = "https://clinic.example"
    opened(doctor)
    deliver()
    ((phone, text),) = sms.texts
    assert phone == "+79000000001"
    assert text == (
        "25.11 в 09:00 ваши данные открыли в экстренном порядке. Кто и зачем: clinic.example/lk/opened/"
    )
    row = AccessEntry.objects.get(what="emergency")
    assert (row.patients, row.purpose, row.relation, row.role) == (
        [anna],
        "break_glass",
        "bg",
        "other_doctor",
    )


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        (datetime(2026, 11, 23, 17, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), 12),
        (datetime(2026, 11, 24, 1, 0, tzinfo=UTC), 5),
        (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), 0),
    ],
)
def test_a_patient_is_not_woken(
    doctor: Staff, anna: UUID, set_clock: SetClock, moment: datetime, hours: int
) -> None:
    set_clock(moment)
    opened(doctor)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT scheduled_at - now() FROM procrastinate_jobs WHERE task_name = 'messaging.send'"
        )
        (wait,) = cursor.fetchone()
    assert (wait is None) == (hours == 0)
    if wait is not None:
        assert abs(wait - timedelta(hours=hours)) < timedelta(minutes=1)
    assert Message.objects.get().valid_until == moment + timedelta(hours=hours, days=1)


def test_neither_the_days_cap_nor_a_provider_that_is_away_keeps_the_patient_from_knowing(
    doctor: Staff, chief: Staff, anna: UUID, settings: Settings, sms: Phones
) -> None:
    settings.FELDSHER_SMS = type("Sms", (), {"day_cap": 1})()
    opened(doctor)
    glass = opened(doctor)
    assert Message.objects.count() == 2
    sms.outcomes += [NotSent("away")] * 100
    for _ in range(3):
        deliver()
    row = Message.objects.get(key=f"emergency:{glass.id}")
    assert (row.state, row.attempts > TRIES) == ("queued", True)
    assert not selectors.glass(chief, glass.id).is_told
    sms.outcomes.clear()
    deliver()
    assert selectors.glass(chief, glass.id).is_told


def test_whoever_booked_the_patient_at_their_request_is_not_told(
    doctor: Staff, sms: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    anna = person("Анна", date(1990, 1, 2), "+79000000001")
    patients.ensure_related(anna, NewBooker(relation=Relation.OTHER, name="Сосед С.", phone="+79000000001"))
    opened(doctor)
    assert Message.objects.count() == 0
    assert "emergency.patient_not_told" in caplog.text


def test_c14_a_reviewed_access_is_followed_by_another_and_may_still_be_ended(
    doctor: Staff, chief: Staff, anna: UUID, sms: Phones, set_clock: SetClock
) -> None:
    first = opened(doctor)
    services.review(chief, first.id, judgement="justified", note="Пациентку привезла скорая")
    services.end(doctor, first.id)
    with pytest.raises(GlassOverError):
        shown(doctor, first)
    second = opened(doctor)
    set_clock(NOW + timedelta(hours=5))
    services.review(chief, second.id, judgement="justified", note="Пациентку привезла скорая")
    set_clock(NOW + timedelta(days=1))
    assert shown(doctor, opened(doctor)) == []
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        BrokenGlass.objects.filter(pk=second.id).update(judgement="unjustified")


def test_c14_what_waits_is_listed_however_much_was_reviewed(
    doctor: Staff, chief: Staff, anna: UUID, sms: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST", 3)
    for _ in range(4):
        glass = opened(doctor)
        services.review(chief, glass.id, judgement="justified", note="Пациентку привезла скорая")
    waiting = opened(doctor)
    assert [card.id for card in selectors.glasses(chief) if card.judgement is None] == [waiting.id]
    assert len(selectors.glasses(chief)) == 4


@pytest.mark.django_db(transaction=True)
def test_c14_of_two_openings_at_once_the_second_ends_the_first(
    doctor: Staff, anna: UUID, sms: Phones
) -> None:
    at_once = threading.Barrier(2)

    def go() -> str:
        try:
            with no_context():
                patients.open_in_emergency(doctor, ANNA, **WHY, proof=lambda: void(at_once.wait(5)))
            return "opened"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert [each.result() for each in [pool.submit(go) for _ in range(2)]] == ["opened", "opened"]
    assert BrokenGlass.objects.filter(ended_at=None).count() == 1


def void(_: object) -> None:
    """Take a value and give none."""


def test_c14_somebody_else_reviews_it_once(doctor: Staff, chief: Staff, anna: UUID, sms: Phones) -> None:
    glass = opened(doctor)
    (card,) = selectors.glasses(chief)
    assert (card.words, card.opened_by, card.judgement) == (WHY["words"], "Образцов И. П.", None)
    assert selectors.waiting_count(chief) == 1
    services.review(chief, glass.id, judgement="unjustified", note="Спросили: открыл из любопытства")
    card = selectors.glass(chief, glass.id)
    assert (card.judgement, card.note) == (Judgement.UNJUSTIFIED, "Спросили: открыл из любопытства")
    assert card.reviewed_by == "Главный Г. Г."
    assert selectors.waiting_count(chief) == 0
    with pytest.raises(ReviewedError):
        services.review(chief, glass.id, judgement="justified", note="Передумали, повод был")
    kept = AccessEntry.objects.filter(what="emergency", purpose="review_emergency", actor=str(chief.id))
    assert kept.count() > 0
    with pytest.raises(InvalidInputError) as refused:
        services.review(chief, glass.id, judgement="", note="ок")
    assert set(refused.value.fields) == {"judgement", "note"}


def test_c14_nobody_reviews_their_own_and_the_database_holds_it(anna: UUID, sms: Phones) -> None:
    both = hired("both", "Обе Роли", Role.OTHER_DOCTOR, Role.CHIEF_PHYSICIAN)
    glass = opened(both)
    assert selectors.waiting_count(both) == 0
    assert selectors.glass(both, glass.id).is_own
    with pytest.raises(OwnReviewError):
        services.review(both, glass.id, judgement="justified", note="Всё было как надо")
    with pytest.raises(IntegrityError), transaction.atomic():
        BrokenGlass.objects.update(judgement="justified", reviewed_by=both.id, reviewed_at=NOW, note=b"1")


def test_c14_a_head_reviews_those_of_their_own_department(doctor: Staff, anna: UUID, sms: Phones) -> None:
    glass = opened(doctor)
    head = of_department(hired("head", "Глава О. О.", Role.HEAD_OF_DEPARTMENT), EYES)
    other = of_department(hired("other", "Другая Г. О.", Role.HEAD_OF_DEPARTMENT), HEART)
    nowhere = hired("nowhere", "Нигде Н. Н.", Role.HEAD_OF_DEPARTMENT)
    for stranger in (other, nowhere):
        with no_context():
            assert selectors.glasses(stranger) == ()
            assert selectors.waiting_count(stranger) == 0
            with pytest.raises(NotFoundError):
                services.review(stranger, glass.id, judgement="justified", note="Не моё отделение")
    with no_context():
        assert [card.id for card in selectors.glasses(head)] == [glass.id]
        services.review(head, glass.id, judgement="justified", note="Пациентку привезла скорая")


@pytest.mark.parametrize(
    "change",
    [
        {"words": b"another"},
        {"reason": "other"},
        {"patient": UUID(int=1)},
        {"opened_by": UUID(int=1)},
        {"until": NOW + timedelta(minutes=59)},
        {"review_by": NOW + timedelta(days=90)},
    ],
)
def test_c14_what_was_said_at_opening_is_final(
    doctor: Staff, anna: UUID, sms: Phones, change: dict[str, object]
) -> None:
    opened(doctor)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        BrokenGlass.objects.update(**change)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        BrokenGlass.objects.all().delete()


def test_c14_what_nobody_reviewed_in_three_working_days_escalates_once(
    doctor: Staff, chief: Staff, anna: UUID, sms: Phones, set_clock: SetClock, settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    settings.OWNER_PHONE, settings.SITE_URL = "+79000000099", "https://clinic.example"
    thursday = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    set_clock(thursday)
    opened(doctor)
    deliver()
    set_clock(datetime(2026, 12, 1, 20, 59, tzinfo=UTC))
    assert services.escalate() == 0
    assert not selectors.glasses(chief)[0].is_overdue
    set_clock(datetime(2026, 12, 1, 21, 0, tzinfo=UTC))
    assert services.escalate() == 1
    assert services.escalate() == 0
    assert selectors.glasses(chief)[0].is_overdue
    assert caplog.text.count("emergency.overdue") == 1
    deliver()
    assert sms.texts[-1][0] == "+79000000099"
    assert "clinic.example/desk/emergency/reviews/" in sms.texts[-1][1]


def test_c14_what_was_reviewed_in_time_does_not_escalate(
    doctor: Staff, chief: Staff, anna: UUID, sms: Phones, set_clock: SetClock
) -> None:
    glass = opened(doctor)
    services.review(chief, glass.id, judgement="justified", note="Пациентку привезла скорая")
    set_clock(NOW + timedelta(days=30))
    assert services.escalate() == 0
