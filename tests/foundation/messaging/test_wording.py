"""A clinic's own words in an SMS: what they must hold, what they may not, how many parts they take."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from feldsher.foundation.messaging import selectors, services, texts, wording
from feldsher.foundation.messaging.models import Attempt, Message, OwnText
from feldsher.foundation.messaging.parts import parts_of
from feldsher.foundation.messaging.types import Kind, TellingName, VisitSaid
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError, NotFoundError

pytestmark = pytest.mark.django_db
VISIT = VisitSaid(
    datetime(2026, 11, 26, 10, 5, tzinfo=UTC), "Липовая ул., 5", "+78000000000", "https://site.example/v/1/"
)
NAMES = (
    TellingName("врач", "Небывалова Анна Петровна"),
    TellingName("специальность", "Офтальмология"),
    TellingName("услуга", "УЗИ щитовидной железы, первичная запись"),
)
OWN = "{day} в {time} ждём: {place}, {phone}. {link}"


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.SITE_URL = "https://site.example"


def wrong(text: str, kind: Kind = Kind.VISIT_BOOKED) -> list[str]:
    return [each.replace("\u00a0", " ") for each in wording.faults(kind, text, names=NAMES)]


def write(text: str, kind: Kind = Kind.VISIT_BOOKED) -> None:
    services.write_text(kind, text=text, names=NAMES, author="vera")


@pytest.mark.parametrize("kind", wording.WORDINGS)
def test_what_is_said_as_usual_passes_for_any_clinic(kind: Kind) -> None:
    assert wrong(wording.WORDINGS[kind].usual, kind) == []
    assert wording.WORDINGS[kind].must <= set(wording.WORDINGS[kind].may) <= set(wording.VARIABLES)


def test_messages_say_what_the_clinic_wrote_from_then_on() -> None:
    usual = "Вы записаны 26.11 в 10:05, Липовая ул., 5. Посмотреть или отменить: https://site.example/v/1/"
    assert texts.visit_booked(visit=VISIT) == usual
    write(f"  {OWN} ")
    own = "26.11 в 10:05 ждём: Липовая ул., 5, +7 800 000-00-00. https://site.example/v/1/"
    assert texts.visit_booked(visit=VISIT) == own
    assert texts.visit_ended(visit=VISIT).startswith("Ваша запись 26.11 в 10:05 отменена.")
    services.return_usual_text(Kind.VISIT_BOOKED, author="vera")
    services.return_usual_text(Kind.VISIT_BOOKED, author="vera")
    assert texts.visit_booked(visit=VISIT) == usual
    assert list(OwnText.objects.order_by("id").values_list("text", flat=True)) == [OWN, ""]


def test_a_branch_without_an_address_leaves_no_comma_behind() -> None:
    assert texts.visit_booked(visit=replace(VISIT, place="")).startswith("Вы записаны 26.11 в 10:05. Посм")
    write(OWN)
    said = texts.visit_booked(visit=replace(VISIT, place="", phone=""))
    assert said == "26.11 в 10:05 ждём. https://site.example/v/1/"


def test_an_address_is_no_template() -> None:
    said = texts.visit_booked(visit=replace(VISIT, place="{link}\n{site}"))
    assert said.startswith("Вы записаны 26.11 в 10:05, {link} {site}. ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Напишите текст."),
        ("{day} {time} {place}", "Не хватает: {link}. Без этого пациент не поймёт сообщение."),
        ("Ждём", "Не хватает: {day}, {time}, {place}, {link}. Без этого пациент не поймёт сообщение."),
        (f"{OWN} {{doctor}}", "Нет такой переменной: {doctor}. Есть: {day}, {time}, {place}, {phone},"),
        (f"{OWN} {{}}", "Нет такой переменной: {}."),
        (f"{OWN} {{new_day}}", "Нет такой переменной: {new_day}."),
        (f"{OWN} {{link", "У фигурной скобки нет пары."),
        (f"{OWN} }}", "У фигурной скобки нет пары."),
        (OWN.replace(" ", "\n", 1), "Пишите одной строкой"),
        (OWN.replace(" ", "\u00a0", 1), "Пишите одной строкой"),
        (f"{OWN} {'мы ' * 60}", "Слишком длинно: частей 5, а можно 4. Сократите."),
        (f"{OWN} {'мы ' * 600}", "Слишком длинно. Сократите."),
        (f"Приём {OWN}", "Слово с «Приём» выдаёт, что это о здоровье."),
        (f"{OWN} Ваш врач", "Слово с «врач»"),
        (f"{OWN} Небывалова", "Слово «Небывалова» есть в названии: врач «Небывалова Анна Петровна»."),
        (f"{OWN} к Небываловой", "Слово «Небываловой» есть"),
        (f"{OWN} к АННЕ", "Слово «АННЕ» есть"),
        (f"{OWN} к офтальмологу", "Слово «офтальмологу» есть в названии: специальность «Офтальмология»."),
        (f"{OWN} на узи", "Слово «узи» есть в названии: услуга"),
        (f"{OWN} железу", "Слово «железу» есть"),
    ],
)
def test_a_text_that_may_not_be_sent_says_why_and_is_not_kept(text: str, sentence: str) -> None:
    assert any(each.startswith(sentence) for each in wrong(text)), wrong(text)
    with pytest.raises(InvalidInputError) as refused:
        write(text)
    assert sentence in refused.value.fields["text"].replace("\u00a0", " ")
    assert OwnText.objects.count() == 0


def test_what_every_text_says_is_not_refused_for_a_service_of_that_name() -> None:
    assert wrong(f"Ваша запись: {OWN}") == []


def test_codes_and_messages_to_staff_have_no_words_of_a_clinic() -> None:
    with pytest.raises(NotFoundError):
        services.write_text(Kind.PHONE_CODE, text="{code}", names=(), author="vera")
    with pytest.raises(NotFoundError):
        selectors.text("phone_code")
    about_visits = {
        kind for kind in Kind if kind.startswith(("visit", "move", "other", "reminder", "waiting", "review"))
    }
    assert set(wording.WORDINGS) == about_visits


def test_a_text_whose_variable_is_no_more_is_not_sent() -> None:
    OwnText.objects.create(kind=Kind.VISIT_BOOKED, text="{day} {gone} {link}", author="vera", at=clock.now())
    assert texts.visit_booked(visit=VISIT).startswith("Вы записаны")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("🦊" * 35, 1),
        ("🦊" * 36, 2),
        ("", 1),
    ],
)
def test_parts_are_counted_as_operators_count_them(text: str, parts: int) -> None:
    assert parts_of(text) == parts


def test_what_a_text_costs_is_learnt_from_what_was_paid_for_parts() -> None:
    assert selectors.text("visit_booked").draft.cost is None
    paid(parts=2, cost="9.00")
    paid(parts=1, cost="3.00")
    paid(parts=0, cost="99.00")
    paid(parts=1, cost="99.00", days_ago=31)
    paid(parts=1, cost="99.00", provider="another")
    assert selectors.part_price() == Decimal(4)
    card = selectors.text("visit_booked")
    assert (card.draft.parts, card.draft.cost) == (3, Decimal("12.00"))


def test_a_message_knows_its_parts() -> None:
    until = clock.now() + timedelta(hours=1)
    sms = services.send_sms(
        Kind.VISIT_ENDED, phone="+79000000001", text="я" * 71, key="one", valid_until=until
    )
    assert Message.objects.get(id=sms).parts == 2


def paid(*, parts: int, cost: str, provider: str = "none", days_ago: int = 0) -> None:
    now = clock.now()
    message = Message.objects.create(
        key=f"{parts} {cost} {provider} {days_ago}",
        kind=Kind.REMINDER,
        state="sent",
        phone=b"",
        text=b"",
        parts=parts,
        created_at=now,
        valid_until=now,
    )
    Attempt.objects.create(
        message=message,
        provider=provider,
        state="taken",
        cost=Decimal(cost),
        started_at=now - timedelta(days=days_ago),
    )
