"""What excludes a patient is asked before times are shown, and each refusal says why and what to do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import Client

from channels.site.conftest import Put
from channels.site.factory import MONDAY, MOSCOW_BRANCH, SERVICE, URAL_BRANCH, branch, doctor, put_list, slot
from feldsher.channels.site.rules import answers_in, answers_out, askings
from feldsher.domain.directory.types import VisitMode, VisitOrder
from feldsher.domain.scheduling.selectors import stop_words
from feldsher.domain.scheduling.types import Answer, Answers, OpenDay, OpenTimes, StopCard, VisitRule

pytestmark = pytest.mark.usefixtures("clinic")

CARD = doctor(1, "Небывалова")
DOCTOR = f"/doctors/{CARD.id}/"
OTHER = doctor(2, "Образцова")
STOP = StopCard(UUID(int=50), CARD.id, None, "Отпуск", "Врач в отпуске", None, "registrar", MONDAY)


def rule(**changes: Any) -> VisitRule:
    values: dict[str, Any] = {
        "practitioner_id": CARD.id, "location_id": MOSCOW_BRANCH, "service_id": SERVICE, "asks": Answer(0),
        "age_from": None, "age_to": None, "mode": VisitMode.IN_PERSON,
    }  # fmt: skip
    return VisitRule(**values | changes)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("&nbsp;", " ")


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return plain(response.content.decode())


def with_rules(answers: Put, *rules: VisitRule, days: Sequence[OpenDay] = ()) -> None:
    answers(
        "selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=tuple(days), etag="r", rules=rules)
    )
    if not days:
        answers("selectors", "next_times", {})
        put_list(answers, {CARD: {}}, rules=rules)


GROWN = rule(asks=Answer.AGE, age_from=18)
GROWN_ONLY = "Врач принимает с 18 лет."


def test_a_question_stands_where_the_times_would_be(client: Client, answers: Put) -> None:
    with_rules(answers, GROWN)
    text = page(client, DOCTOR)
    assert "Сколько лет пациенту?" in text
    assert "Время покажем, когда ответите" in text
    assert f'href="{DOCTOR}?location={MOSCOW_BRANCH}&amp;age=0">Младше 18 лет</a>' in text
    assert f'href="{DOCTOR}?location={MOSCOW_BRANCH}&amp;age=18">18 лет и старше</a>' in text
    assert (
        "Свободного времени" not in text.split("Сколько лет")[1].split("schedule")[0].split("</section>")[0]
    )


def test_an_answer_travels_through_every_link_of_the_page(client: Client, answers: Put) -> None:
    wanted = slot(CARD, 1)
    with_rules(answers, GROWN, days=[OpenDay(MONDAY.date(), (wanted,))])
    times = answers("selectors", "open_times", OpenTimes(
        MONDAY, is_fresh=True, days=(OpenDay(MONDAY.date(), (wanted,)),), etag="r", rules=(GROWN,)
    ))  # fmt: skip
    text = page(client, f"{DOCTOR}?age=18")
    assert times.call_args.kwargs["answers"] == Answers(age=18)
    assert 'age=18" aria-current="true">18 лет и старше' in text
    assert text.count("age=18") >= 4
    assert "data-live" in text
    assert "age=18" in text.split('data-live="')[1].split('"')[0]
    assert ">10:00</button>" in text


@pytest.mark.parametrize(
    ("one", "query", "words"),
    [
        (GROWN, "age=17", "Врач принимает с 18 лет. Выберите другого врача или позвоните в клинику."),
        (
            rule(asks=Answer.AGE, age_from=3, age_to=17),
            "age=18",
            "Врач принимает с 3 лет и до 17 лет включительно.",
        ),
        (rule(asks=Answer.AGE, age_to=1), "age=2", "Врач принимает до 1 года включительно."),
        (rule(asks=Answer.FIRST), "visit=repeat", "Здесь записывают только на первый приём."),
        (rule(asks=Answer.REPEAT), "visit=first", "Врач принимает тех, кто у него уже был."),
        (rule(asks=Answer.REFERRAL), "referral=0", "На этот приём записывают по направлению."),
        (rule(mode=VisitMode.REMOTE), "mode=in_person", "Этот приём проходит только онлайн."),
        (
            rule(mode=VisitMode.IN_PERSON, asks=Answer.FIRST),
            "mode=remote",
            "Этот приём проходит только в клинике.",
        ),
    ],
)
def test_each_refusal_explains_itself(
    client: Client, answers: Put, one: VisitRule, query: str, words: str
) -> None:
    with_rules(answers, one)
    text = page(client, f"{DOCTOR}?{query}")
    assert words in text
    assert "Заказать звонок" in text
    assert "Время покажем, когда ответите" not in text


def test_a_stop_says_until_when_in_the_time_of_the_branch(client: Client, answers: Put) -> None:
    until = MONDAY + timedelta(hours=5)
    with_rules(answers, rule(stop=replace(STOP, until=until)))
    assert "Врач в отпуске. Запись откроется сегодня, 23 ноября, в 14:00." in page(client, DOCTOR)
    assert stop_words("", None, zone="Europe/Moscow", now=MONDAY) == "Онлайн-запись остановлена."


def test_an_open_page_learns_of_a_stop(client: Client, answers: Put) -> None:
    live = f"{DOCTOR}times/?location={MOSCOW_BRANCH}"
    etag = client.get(live).headers["ETag"]
    stopped = OpenTimes(MONDAY, is_fresh=True, days=(), etag="another", rules=(rule(stop=STOP),))
    answers("selectors", "open_times", stopped)
    response = client.get(live, headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert "Врач в отпуске" in response.content.decode()
    assert f'href="/call/?doctor={CARD.id}&amp;location={MOSCOW_BRANCH}"' in response.content.decode()


def test_a_list_asks_once_and_says_of_each_doctor_why_there_is_no_time(client: Client, answers: Put) -> None:
    with_rules(answers, rule(asks=Answer.AGE | Answer.REFERRAL, age_from=18))
    text = page(client, "/doctors/?specialty=terapevt&sort=price")
    assert text.count("Сколько лет пациенту?") == text.count("<h2>Есть направление?</h2>") == 1
    assert "specialty=terapevt&amp;sort=price&amp;age=18" in text
    assert "На этот приём записывают не всех." in text
    assert "Ответить и выбрать время" in text
    refused = page(client, "/doctors/?specialty=terapevt&age=0&referral=1")
    assert "Врач принимает с 18 лет." in refused
    assert "На этот приём записывают не всех." not in refused
    assert f"{DOCTOR}?age=0&amp;referral=1" in refused


def test_a_list_of_everybody_asks_nothing_of_what_concerns_few(client: Client, answers: Put) -> None:
    with_rules(answers, GROWN)
    text = page(client, "/doctors/")
    assert "Сколько лет пациенту?" not in text
    assert "Ответить и выбрать время" in text


ASKED = "Время покажем, когда ответите"
NOT_SEEN = "Свободного времени сейчас не видно"


@pytest.mark.parametrize(
    ("rules", "query", "said"),
    [
        ([GROWN, rule(practitioner_id=OTHER.id, stop=STOP)], "", [ASKED]),
        ([rule(location_id=URAL_BRANCH, stop=STOP), GROWN], "", [ASKED]),
        ([GROWN], "?age=17", [NOT_SEEN]),
        ([GROWN, rule(practitioner_id=OTHER.id, asks=Answer.AGE, age_from=18)], "?age=17", [GROWN_ONLY]),
        ([GROWN, rule(practitioner_id=OTHER.id, stop=STOP)], "?age=17", [GROWN_ONLY, "Врач в отпуске"]),
    ],
    ids=["one asks", "another branch asks", "one refuses", "each refuses alike", "each refuses"],
)
def test_a_service_is_refused_by_all_of_its_doctors_alone_and_one_who_asks_is_answered_first(
    client: Client, answers: Put, rules: list[VisitRule], query: str, said: list[str]
) -> None:
    with_rules(answers, *rules)
    answers("directory", "practitioners", ((CARD, OTHER), None))
    text = page(client, f"/services/{SERVICE}/{query}")
    known = {words: text.count(words) for words in (ASKED, NOT_SEEN, GROWN_ONLY, "Врач в отпуске")}
    assert known == {words: int(words in said) for words in known}
    assert text.count("Сколько лет пациенту?") == 1
    assert "На этот приём записывают не всех." not in text


def test_a_stopped_branch_says_so_on_home(client: Client, answers: Put) -> None:
    answers(
        "selectors", "live_stops", (replace(STOP, practitioner_id=None, notice="Запись откроем завтра."),)
    )
    assert "Запись откроем завтра." in page(client, "/")
    answers("selectors", "live_stops", (STOP, replace(STOP, practitioner_id=None, location_id=UUID(int=77))))
    assert "Запись откроем завтра." not in page(client, "/")


@pytest.mark.parametrize(
    "query", ["age=-1", "age=151", "age=²", "age=x", "visit=any", "referral=maybe", "mode=either", "mode=%00"]
)
def test_what_is_no_answer_is_not_answered(query: str) -> None:
    assert answers_in(QueryDict(query)) == Answers()


def test_answers_survive_an_address() -> None:
    said = Answers(age=0, visit=VisitOrder.REPEAT, has_referral=False, mode=VisitMode.REMOTE)
    query = QueryDict(mutable=True)
    query.update(answers_out(said))
    assert answers_in(query) == said
    assert answers_out(Answers()) == {}


def test_bands_are_told_in_words() -> None:
    rules = [rule(asks=Answer.AGE, age_from=3, age_to=17), rule(asks=Answer.AGE, age_from=21)]
    (asked,) = askings(rules, Answers(age=20), link_to=lambda said: said["age"])
    assert [(plain(reply.title), reply.url, reply.is_selected) for reply in asked.replies] == [
        ("Младше 3 лет", "0", False),
        ("3–17 лет", "3", False),
        ("18–20 лет", "18", True),
        ("21 год и старше", "21", False),
    ]


def test_a_visit_by_video_says_so_beside_its_times(client: Client, answers: Put) -> None:
    wanted = slot(CARD, 1)
    remote = replace(wanted, key=replace(wanted.key, answers=Answer.REMOTE))
    with_rules(answers, rule(mode=VisitMode.EITHER), days=[OpenDay(MONDAY.date(), (remote,))])
    text = page(client, f"{DOCTOR}?mode=remote")
    assert "Онлайн-приём</span>" in text
    assert "Где удобнее?" in text
    assert branch().name in text
