"""Whom a device may book without typing: masked, for a time, by a token that turns with each use."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection

from domain.patients.factories import PHONE, new_patient
from feldsher.domain.patients import devices, jobs, selectors, services
from feldsher.domain.patients.errors import RememberedGoneError
from feldsher.domain.patients.models import Patient, Remembered
from feldsher.domain.patients.types import NewBooker, Relation
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db

CHILD = date(2019, 5, 5)
MOTHER = NewBooker(Relation.PARENT, "Вымышленова Анна", PHONE)
Go = Callable[[timedelta], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Go:
    """Stop the clock, and let time pass."""
    start: datetime = clock.now()

    def go(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: start + by)

    go(timedelta())
    return go


def patient(given: str = "Проба", **fields: str | date) -> UUID:
    return services.ensure_patient(new_patient(given=given, **fields), channel="site")  # type: ignore[arg-type] - typed there


def child(birth_date: date = CHILD) -> tuple[UUID, UUID]:
    person = new_patient(family="Вымышленов", given="Миша", birth_date=birth_date)
    row = services.ensure_patient(person, channel="site", relation=Relation.PARENT)
    return row, services.ensure_related(row, MOTHER)


def remember(token: str = "", *, who: UUID | None = None, by: UUID | None = None) -> str:
    return services.remember(token, patient_id=who or patient(), related_id=by)


def labels(token: str) -> list[str]:
    return [card.label for card in selectors.remembered(token)]


def test_a_card_shows_a_name_and_the_end_of_a_phone() -> None:
    [card] = selectors.remembered(remember(who=patient(middle="Примеровна", birth_date=date(1990, 5, 5))))
    assert (card.label, card.name, card.phone) == (
        "Проба\u00a0В.",
        "Вымышленова\u00a0П.",
        "+7\u00a0921\u00a0•••-••-17",
    )
    assert "Проба" not in repr(card)
    assert (card.relation, card.related_id) == (None, None)


def test_what_the_clinic_knows_and_nobody_typed_here_is_not_shown() -> None:
    """Whoever types a name and a phone meets the row of their owner; its middle name stays unknown."""
    known = patient(middle="Примеровна", birth_date=date(1990, 5, 5), email="proba@example.ru")
    found = patient()
    assert found == known
    [card] = selectors.remembered(remember(who=found))
    shown = f"{card.label} {card.name} {card.phone}"
    assert [word for word in ("Прим", "П. П", "1990", "90", "proba@") if word in shown] == []


def test_two_people_of_one_name_are_told_apart_by_what_was_typed() -> None:
    token = remember(who=patient())
    remember(token, who=patient(phone="+79210000018"))
    for day in (CHILD, date(2021, 6, 6)):
        row, mother = child(day)
        remember(token, who=row, by=mother)
    assert set(labels(token)) == {
        "Проба\u00a0В., 17",
        "Проба\u00a0В., 18",
        "Миша\u00a0В., 2019",
        "Миша\u00a0В., 2021",
    }


def test_the_row_keeps_a_digest_and_no_token() -> None:
    token = remember()
    assert len(token) == 43
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_remembered")
        row = cursor.fetchone()
    assert all(token.encode() not in value for value in row if isinstance(value, bytes))
    assert all(token not in str(value) for value in row)


@pytest.mark.parametrize("token", ["", "x", "я" * 43, "a" * 42, "a" * 44, "../" * 15, "a" * 43, "\x00" * 43])
def test_a_hostile_cookie_is_nobodys_and_is_never_adopted(token: str) -> None:
    assert selectors.remembered(token) == ()
    assert services.turn(token) is None
    services.forget(token, uuid4())
    services.drop_replayed(token)
    with pytest.raises(RememberedGoneError):
        services.use_remembered(token, uuid4())
    assert remember(token) != token


def test_a_family_shares_one_token_and_five_is_the_most(later: Go) -> None:
    token = remember(who=patient("Анна"))
    for hour, name in enumerate(("Борис", "Вера", "Глеб", "Дарья", "Егор"), start=1):
        later(timedelta(hours=hour))
        assert remember(token, who=patient(name)) == token
    assert labels(token) == [f"{name}\u00a0В." for name in ("Егор", "Дарья", "Глеб", "Вера", "Борис")]


def test_remembering_again_makes_no_second_row() -> None:
    token = remember()
    assert remember(token) == token
    assert Remembered.objects.count() == 1


def test_one_devices_token_tells_nothing_of_another() -> None:
    one, other = remember(who=patient("Анна")), remember(who=patient("Борис"))
    assert (labels(one), labels(other)) == (["Анна\u00a0В."], ["Борис\u00a0В."])
    [card] = selectors.remembered(other)
    with pytest.raises(RememberedGoneError):
        services.use_remembered(one, card.id)
    services.forget(one, card.id)
    assert labels(other) == ["Борис\u00a0В."]


def test_who_was_booked_last_comes_first(later: Go) -> None:
    token = remember(who=patient("Анна"))
    later(timedelta(hours=1))
    remember(token, who=patient("Борис"))
    anna = selectors.remembered(token)[1]
    later(timedelta(hours=2))
    used = services.use_remembered(token, anna.id)
    assert (used.patient_id, used.phone, used.booker) == (anna.patient_id, PHONE, None)
    assert labels(token) == ["Анна\u00a0В.", "Борис\u00a0В."]


def test_a_child_comes_with_who_books_it() -> None:
    row, mother = child()
    [card] = selectors.remembered(token := remember(who=row, by=mother))
    used = services.use_remembered(token, card.id)
    assert (card.relation, used.related_id, used.booker) == (Relation.PARENT, mother, MOTHER)


def test_a_child_of_fifteen_is_booked_by_its_mother_no_more(later: Go) -> None:
    today = clock.now()
    row, mother = child()
    token = remember(who=row, by=mother)
    [card] = selectors.remembered(token)
    Remembered.objects.update(expires_at=today + timedelta(days=9000))
    later(timedelta(days=15 * 366))
    assert selectors.remembered(token) == ()
    with pytest.raises(RememberedGoneError):
        services.use_remembered(token, card.id)


def test_after_180_days_nobody_is_remembered_and_the_job_deletes(later: Go) -> None:
    token = remember()
    [card] = selectors.remembered(token)
    later(timedelta(days=180) - timedelta(minutes=1))
    jobs.forget_remembered(timestamp=0)
    assert labels(token) != []
    later(timedelta(days=180))
    assert selectors.remembered(token) == ()
    with pytest.raises(RememberedGoneError):
        services.use_remembered(token, card.id)
    jobs.forget_remembered(timestamp=0)
    assert not Remembered.objects.exists()
    assert Patient.objects.count() == 1


def test_a_use_does_not_prolong(later: Go) -> None:
    token = remember()
    ends = Remembered.objects.get().expires_at
    later(timedelta(days=100))
    services.use_remembered(token, selectors.remembered(token)[0].id)
    turned = services.turn(token)
    assert turned is not None
    assert Remembered.objects.get().expires_at == ends


def test_forgetting_is_one_row_and_twice_is_fine() -> None:
    token = remember(who=patient("Анна"))
    remember(token, who=patient("Борис"))
    gone = selectors.remembered(token)[0]
    for _ in range(2):
        services.forget(token, gone.id)
    assert gone.label not in labels(token)
    assert len(labels(token)) == 1


# The token turns


def test_a_token_turns_and_the_old_one_is_good_for_a_moment(later: Go) -> None:
    old = remember()
    new = services.turn(old)
    assert new is not None
    assert new != old
    assert labels(new) == labels(old) != []
    assert services.turn(old) == new
    later(devices.GRACE)
    assert labels(old) == []
    assert labels(new) != []
    assert services.turn(old) is None


def test_an_old_token_remembers_into_the_device_of_now() -> None:
    old = remember(who=patient("Анна"))
    new = services.turn(old)
    assert remember(old, who=patient("Борис")) == new
    assert len(labels(str(new))) == 2


def test_the_chain_can_not_be_followed_without_the_servers_key() -> None:
    token = devices.new_token()
    assert devices.next_token(token) not in {devices.next_token(devices.new_token()), token}
    assert len(devices.next_token(token)) == 43


def test_an_old_token_that_comes_back_later_forgets_everybody(later: Go) -> None:
    old = remember()
    new = services.turn(old)
    services.drop_replayed(old)
    assert labels(str(new)) != []
    later(devices.GRACE)
    services.drop_replayed(old)
    assert not Remembered.objects.exists()
