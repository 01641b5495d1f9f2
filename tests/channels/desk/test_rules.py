"""Booking rules on the staff pages: read in words, set, removed, with what holds where they are silent."""

from dataclasses import fields
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.scheduling.clinic import Ids, open_clinic
from domain.scheduling.factory import NOW
from feldsher.channels.desk.rule_form import read, typed_of
from feldsher.channels.desk.rule_words import ORDER, phrases
from feldsher.domain.directory import selectors
from feldsher.domain.directory.rules import DEFAULT_VALUES
from feldsher.domain.directory.types import RuleValues, VisitMode, VisitOrder
from feldsher.domain.scheduling.models import Offer
from feldsher.domain.scheduling.services import change_rule
from feldsher.foundation.access.roles import Role
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
RULE = "/desk/rules/rule/"
FULL = RuleValues(
    before=5,
    after=10,
    step=20,
    notice=120,
    horizon=14 * 1440,
    cutoff=24 * 60,
    capacity=1,
    is_online=True,
    quota=4,
    visits=VisitOrder.FIRST,
    age_from=18,
    age_to=70,
    needs_referral=True,
    mode=VisitMode.EITHER,
)


@pytest.fixture
def ids(set_clock: SetClock) -> Ids:
    set_clock(NOW)
    return open_clinic()


@pytest.fixture
def client(ids: Ids) -> Client:
    return signed_in(Role.REGISTRAR)


def text(client: Client, path: str, **params: object) -> str:
    answer = client.get(path, {name: str(value) for name, value in params.items()})
    assert answer.status_code == 200
    return plain(answer.content.decode())


def plain(page: str) -> str:
    return page.replace("\u00a0", " ").replace("&nbsp;", " ")


def posted(client: Client, path: str = RULE, **values: object) -> tuple[int, str]:
    answer = client.post(path, {name: str(value) for name, value in values.items()})
    return answer.status_code, plain(answer.content.decode())


def test_a_rule_is_said_in_words() -> None:
    assert [plain(phrase) for phrase in phrases(FULL)] == [
        "записывать онлайн",
        "не раньше чем за 2 часа",
        "не дальше чем на 14 дней вперёд",
        "отмена и перенос пациентом не позднее чем за 1 день",
        "не больше 4 в день на сайте",
        "только первый приём",
        "с 18 до 70 лет включительно",
        "по направлению",
        "в клинике или по видео, на выбор пациента",
        "перерыв до приёма 5 минут",
        "перерыв после приёма 10 минут",
        "шаг 20 минут",
        "1 пациент одновременно",
    ]
    assert plain(phrases(RuleValues(notice=1, age_from=1))[0]) == "не раньше чем за 1 минуту"
    assert plain(phrases(RuleValues(age_from=21))[0]) == "с 21 года"


def test_the_form_has_every_field_of_a_rule_and_loses_nothing() -> None:
    assert set(ORDER) == {field.name for field in fields(RuleValues)}
    for values in (FULL, RuleValues(), RuleValues(notice=0, horizon=90, is_online=False, quota=0)):
        assert read(typed_of(values)) == values


def test_what_is_no_number_is_refused_beside_its_field() -> None:
    typed = typed_of(RuleValues()) | {"quota": "-1", "notice": "2", "notice_unit": "years", "mode": "space"}
    with pytest.raises(InvalidInputError) as refused:
        read(typed)
    assert set(refused.value.fields) == {"quota", "notice", "mode"}


def test_the_defaults_that_the_form_tells_are_those_that_hold(ids: Ids) -> None:
    terms = selectors.visit_terms()[0]
    for name in ("before", "after", "notice", "horizon", "capacity", "visits", "needs_referral", "mode"):
        assert getattr(terms, name) == getattr(DEFAULT_VALUES, name)


def test_rules_are_listed_the_widest_first(ids: Ids, client: Client) -> None:
    assert "Правил пока нет" in text(client, "/desk/rules/")
    change_rule(RuleValues(quota=4), practitioner=ids.eye, author="vera")
    change_rule(RuleValues(notice=120, age_from=18), location=ids.north, author="gone")
    change_rule(RuleValues(horizon=1440), author="vera")
    page = text(client, "/desk/rules/")
    scopes = ["Вся клиника", "Все врачи, Северный филиал", "Образцов-doc-eye Пример Тестович"]
    places = [page.index(scope) for scope in scopes]
    assert places == sorted(places)
    assert "не раньше чем за 2 часа; с 18 лет" in page
    assert "Тестова И., 09:00, по московскому времени" in page
    assert "gone, 09:00, по московскому времени" in page


def test_a_rule_takes_effect_at_once(ids: Ids, client: Client) -> None:
    status, _ = posted(
        client, practitioner=ids.eye, notice=2, notice_unit="days", age_from=18, quota=3, is_online="yes"
    )
    assert status == 303
    offer = Offer.objects.filter(practitioner=ids.eye, location=ids.north).first()
    assert offer is not None
    assert (offer.notice.days, offer.age_from, offer.quota) == (2, 18, 3)
    (card,) = selectors.rules()
    assert (card.practitioner_id, card.service_id, card.location_id, card.author) == (
        ids.eye, None, None, "vera",
    )  # fmt: skip


def test_the_form_tells_what_holds_without_it_and_whom_it_touches(ids: Ids, client: Client) -> None:
    change_rule(RuleValues(notice=180, quota=5), author="vera")
    change_rule(RuleValues(notice=240), location=ids.north, author="vera")
    change_rule(RuleValues(notice=300), practitioner=ids.eye, location=ids.north, author="vera")
    page = text(client, RULE, practitioner=ids.eye, location=ids.north)
    assert "Не сказано — не раньше чем за 4 часа (правило «Все врачи, Северный филиал»)" in page
    assert "не больше 5 в день на сайте (правило «Вся клиника: все врачи, услуги и филиалы»)" in page
    assert "записывать онлайн (по умолчанию)" in page
    assert 'name="notice" type="text" value="5"' in page
    assert "Под правило попадают: 1 врач, 2 услуги." in page
    assert "Под правило сейчас никто не попадает." in text(
        client, RULE, service=ids.first_visit, practitioner=other_doctor(ids)
    )


def other_doctor(ids: Ids) -> UUID:
    cards, _ = selectors.practitioners()
    return next(card.id for card in cards if card.id != ids.eye)


def test_nothing_typed_is_lost_with_an_error(ids: Ids, client: Client) -> None:
    status, page = posted(client, practitioner=ids.eye, age_from=40, age_to=18, quota=2000, notice="год")
    assert status == 422
    assert "Целое число без знаков и букв." in page
    status, page = posted(client, practitioner=ids.eye, age_from=40, age_to=18, quota=2000, notice="9999")
    assert status == 422
    assert "Не меньше возраста, с которого принимают." in page
    assert "От 0 до 1000." in page
    assert "Не больше 366 дней." in page
    assert [f'value="{value}"' in page for value in (40, 18, 2000, 9999)] == [True] * 4
    assert selectors.rules() == ()


def test_a_rule_that_says_nothing_is_removed_after_a_question(ids: Ids, client: Client) -> None:
    status, page = posted(client, location=ids.north)
    assert (status, "Правило ничего не говорит" in page) == (422, True)
    change_rule(RuleValues(quota=4), location=ids.north, author="vera")
    answer = client.post(RULE, {"location": str(ids.north)})
    assert answer["Location"] == f"/desk/rules/remove/?location={ids.north}"
    page = text(client, "/desk/rules/remove/", location=ids.north)
    assert "Убрать правило?" in page
    assert "не больше 4 в день на сайте" in page
    assert len(selectors.rules()) == 1
    assert posted(client, "/desk/rules/remove/", location=ids.north)[0] == 303
    assert selectors.rules() == ()
    assert client.get("/desk/rules/remove/", {"location": str(ids.north)}).status_code == 303


def test_parties_are_chosen_without_a_script(ids: Ids, client: Client) -> None:
    page = text(client, "/desk/rules/choose/", practitioner=ids.eye, q="ПОДБОР")
    assert f'<option value="{ids.eye}" selected>' in page
    assert f'<option value="{ids.glasses}">Подбор очков' in page
    assert str(ids.first_visit) not in page
    page = text(client, "/desk/rules/choose/", service=ids.first_visit, q="рентген")
    assert "услуг нет" not in page or f'<option value="{ids.first_visit}" selected>' in page
    assert f'formaction="{RULE}"' in page


@pytest.mark.parametrize("party", ["practitioner", "service", "location"])
def test_unknown_parties_are_no_page(client: Client, party: str) -> None:
    for value in (str(uuid4()), "no-id"):
        assert client.get(RULE, {party: value}).status_code == 404
        assert client.post(RULE, {party: value, "quota": "1"}).status_code == 404
