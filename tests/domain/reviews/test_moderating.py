"""Published as it is or refused with a reason; ratings of other sites: all of a table or nothing."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import SetClock
from domain.records.factory import Ward
from domain.reviews.factory import AFTERWARDS, EDITOR, GOOD, a_visit, left, published, row_of
from domain.scheduling.staff import somebody
from feldsher.domain.directory import selectors as directory
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.errors import RatingsRefusedError
from feldsher.domain.reviews.linting import warnings
from feldsher.domain.reviews.models import Rating
from feldsher.domain.reviews.moderating import LONGEST_ANSWER
from feldsher.domain.reviews.types import RefusalShare, ReviewState
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit import words
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
HEAD = "источник;врач;филиал;оценка;отзывов;дата;ссылка\n"


@pytest.fixture(autouse=True)
def _came(ward: Ward, set_clock: SetClock) -> None:
    a_visit(ward)
    set_clock(AFTERWARDS)


def test_a_critical_review_is_refused_only_for_a_reason_and_counted(ward: Ward) -> None:
    _, review = left(ward, replace(GOOD, stars="1", text="Ждал час. Звоните +7 900 000-00-09"))
    with pytest.raises(InvalidInputError):
        services.refuse(review, reason="critical", staff=EDITOR)
    services.refuse(review, reason="personal_data", staff=EDITOR)
    assert selectors.refusal_share(EDITOR) == RefusalShare(1, 1, 1, 1)
    services.publish(review, staff=EDITOR)
    services.answer(review, text="Спасибо, разберёмся.", staff=EDITOR)
    assert selectors.refusal_share(EDITOR) == RefusalShare(1, 0, 1, 0)
    (shown,) = selectors.of_doctor(row_of(review).practitioner).reviews
    assert (shown.stars, shown.answer) == (1, "Спасибо, разберёмся.")
    assert selectors.moderated(EDITOR, review).state is ReviewState.PUBLISHED
    with JOURNAL.reach():
        told = AccessEntry.objects.filter(purpose="moderate_reviews", what="review").order_by("id")
        fields = [field for entry in told for field in entry.fields]
        assert [entry.patients for entry in told if entry.patients] == []
    assert fields == ["refused", "published", "answer", "text", "name"]
    assert set(fields) <= words.FIELDS.keys()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.EDITOR}))
def test_nobody_else_moderates(ward: Ward, role: Role) -> None:
    _, review = left(ward)
    other = somebody(role)
    for refused in (
        lambda: services.publish(review, staff=other),
        lambda: services.refuse(review, reason="insult", staff=other),
        lambda: services.answer(review, text="Спасибо", staff=other),
        lambda: services.load_ratings(HEAD.encode(), staff=other),
        lambda: services.remove_rating(review, staff=other),
        lambda: selectors.reviews_of_desk(other, ReviewState.WAITING),
        lambda: selectors.moderated(other, review),
        lambda: selectors.refusal_share(other),
        lambda: selectors.ratings_of_desk(other),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    assert (row_of(review).state, row_of(review).answer) == ("waiting", "")


def test_what_is_no_answer_or_no_reason_is_refused(ward: Ward) -> None:
    review = published(ward.plain, ward.north)
    with pytest.raises(InvalidInputError) as error:
        services.answer(review, text="x" * (LONGEST_ANSWER + 1), staff=EDITOR)
    assert list(error.value.fields) == ["answer"]
    with pytest.raises(InvalidInputError):
        services.refuse(review, reason="critical", staff=EDITOR)
    for act in (
        lambda: services.publish(UUID(int=9), staff=EDITOR),
        lambda: services.answer(UUID(int=9), text="Спасибо", staff=EDITOR),
        lambda: selectors.moderated(EDITOR, UUID(int=9)),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert (row_of(review).state, row_of(review).answer) == ("published", "")


def test_all_of_a_doctor_is_one_question(ward: Ward) -> None:
    assert ward.eye.practitioner_id is not None
    for stars in (5, 5, 4) * 4:
        published(ward.eye.practitioner_id, ward.north, stars=stars)
    with CaptureQueriesContext(connection) as asked:
        shown = selectors.of_doctor(ward.eye.practitioner_id)
    assert len(asked) == 1
    assert (len(shown.reviews), shown.count, str(shown.average), shown.has_more) == (10, 12, "4.7", True)
    assert len(selectors.of_branch(ward.north, pages=2).reviews) == 12
    assert selectors.of_branch(ward.south).count == 0


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Пишите на a.b@example.com", 1),
        ("Мой телефон 8 (900) 000-00-01", 1),
        ("Со мной был Небывалов Пётр Иванович", 1),
        ("Спасибо, Анна Петровна Небывалова", 0),
        ("Ждал 40 минут, кабинет 12", 0),
    ],
)
def test_what_looks_like_personal_data_is_pointed_at(text: str, count: int) -> None:
    assert len(warnings(text, doctor="Небывалова Анна Петровна")) == count


def test_a_table_is_loaded_whole_and_a_later_one_takes_its_place(ward: Ward) -> None:
    place = directory.location(ward.north)
    line = f"Яндекс;;{place.name};4,8;120;01.11.2026;https://yandex.ru/maps/org/1\n"
    assert services.load_ratings((HEAD + line).encode("cp1251"), staff=EDITOR) == 1
    services.load_ratings((HEAD + line.replace("4,8", "4,9")).encode(), staff=EDITOR)
    (rating,) = selectors.of_branch(ward.north).ratings
    assert (str(rating.rating), rating.count, rating.source.russian) == ("4.9", 120, "Яндекс")
    services.remove_rating(rating.id, staff=EDITOR)
    assert selectors.of_branch(ward.north).ratings == ()


def test_a_doctor_is_found_however_many_come_before_them(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of doctors comes by pages: those of each are asked for."""
    monkeypatch.setattr("feldsher.domain.directory.selectors.cards.PAGE", 1)
    assert ward.eye.practitioner_id is not None
    lines = [
        f"Яндекс;{each};;4,8;120;01.11.2026;https://yandex.ru/{number}"
        for number, each in enumerate((ward.eye.practitioner_id, ward.heart.practitioner_id, ward.plain))
    ]
    assert services.load_ratings((HEAD + "\n".join(lines)).encode(), staff=EDITOR) == 3


def test_each_bad_line_is_named_and_nothing_is_loaded(ward: Ward) -> None:
    name = directory.location(ward.north).name
    lines = [
        f"Яндекс;;{name};4,8;120;01.11.2026;https://yandex.ru/1",
        f"Яндекс;;{name};4,8;120;01.11.2026;https://yandex.ru/1",
        f"2ГИС;;{name};5,5;120;01.11.2026;https://2gis.ru/1",
        f"2ГИС;;{name};5;0;01.11.2026;https://2gis.ru/1",
        f"2ГИС;;{name};5;1;01.11.2027;https://2gis.ru/1",
        f"2ГИС;;{name};5;1;01.11.2026;https://evil.example/2gis.ru",
        f"2ГИС;;{name};5;0000010000000;01.11.2026;https://2gis.ru/1",
        "2ГИС;Никто;;5;1;01.11.2026;https://2gis.ru/1",
        "2ГИС;;;5;1;01.11.2026;https://2gis.ru/1",
    ]
    with pytest.raises(RatingsRefusedError) as refusal:
        services.load_ratings((HEAD + "\n".join(lines)).encode(), staff=EDITOR)
    assert [fault.split(":")[0] for fault in refusal.value.faults] == [f"Строка {n}" for n in range(3, 11)]
    assert Rating.objects.count() == 0
