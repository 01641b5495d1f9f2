"""The texts of SMS about visits: what each says as usual, what it may say, and what it must (C18).

A clinic may say it in words of its own (`OwnText`), around variables in braces. Those that a kind has are all
that can get into a message from a visit; the words around them are read by `faults` before they are kept.
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from feldsher.foundation.messaging.models import OwnText
from feldsher.foundation.messaging.parts import parts_of
from feldsher.foundation.messaging.types import Kind, TellingName
from feldsher.kernel.errors import NotFoundError

VARIABLES: Mapping[str, tuple[str, str]] = {
    "day": ("день", "26.11"),
    "time": ("время начала", "10:00"),
    "times": ("времена начала, до\u00a0трёх в\u00a0один день", "10:00, 10:40"),
    "new_day": ("новый день", "28.11"),
    "new_time": ("новое время", "12:30"),
    "until": ("до\u00a0какого часа время держат", "12:20"),
    "place": ("адрес филиала, до\u00a050 знаков", "ул. Образцовая, 12, корп. 2"),
    "phone": ("телефон филиала", "+7 800 000-00-00"),
    "link": (
        "ссылка на\u00a0эту запись",
        "https://site.example/visit/00000000-0000-0000-0000-000000000000/AAAAAAAAAAAAAAAAAAAAAA/",
    ),
    "site": ("адрес сайта", "site.example"),
}
"""What each stands for, in Russian, and an example."""
MOST_PARTS = 4
_LONGEST = 1000
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_IN_PLACE = re.compile(r"(?P<lead>[,:;]? ?)\{(?P<name>[^{}]*)\}")
_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 3
_TELLING = re.compile(
    r"врач|доктор|пациент|болезн|болен|больн|диагноз|анализ|результат|рецепт|лечен|лечит|приём|прием|операц"
    r"|онко|гинеколог|уролог|психиатр|нарколог|венеролог|беремен|вич\b|клиник|медицин|поликлин",
    re.IGNORECASE,
)
"""By these whoever looks over a shoulder learns that it is about health."""
_KNOWN: ContextVar[dict[Kind, str] | None] = ContextVar("known_texts", default=None)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wording:
    """`when` says when the message goes, `may` and `must` name variables."""

    when: str
    usual: str
    may: tuple[str, ...]
    must: frozenset[str]


def _wording(when: str, usual: str, *, of: str, must: str) -> Wording:
    return Wording(when, usual, (*of.split(), "place", "phone", "link", "site"), frozenset(must.split()))


WORDINGS: Mapping[Kind, Wording] = {
    Kind.VISIT_BOOKED: _wording(
        "Запись подтверждена",
        "Вы записаны {day} в {time}, {place}. Посмотреть или отменить: {link}",
        of="day time",
        must="day time place link",
    ),
    Kind.REMINDER: _wording(
        "Напоминание за\u00a0день и\u00a0за\u00a0два часа",
        "Ждём вас {day} в {times}, {place}. Ответьте, придёте ли: {link}",
        of="day times",
        must="day times place link",
    ),
    Kind.WAITING_OFFER: _wording(
        "Освободилось время для\u00a0того, кто\u00a0ждёт",
        "Освободилось время: {day} в {time}, {place}. Займите или откажитесь до {until}: {link}",
        of="day time until",
        must="day time until link",
    ),
    Kind.VISIT_RESCHEDULED: _wording(
        "Пациент перенёс запись",
        "Ваша запись перенесена: {day} в {time}, {place}. Посмотреть или отменить: {link}",
        of="day time",
        must="day time place link",
    ),
    Kind.VISIT_ENDED: _wording(
        "Запись отменили пациент или регистратор",
        "Ваша запись {day} в {time} отменена. Выбрать другое время: {site}",
        of="day time",
        must="day time",
    ),
    Kind.VISIT_REJECTED: _wording(
        "Записать не\u00a0удалось",
        "Записать вас {day} в {time} не удалось. Почему и другое время: {link}",
        of="day time",
        must="day time link",
    ),
    Kind.MOVE_REJECTED: _wording(
        "Перенести не\u00a0удалось, прежнее время остаётся",
        "Перенести запись на {new_day} в {new_time} не удалось. Ждём вас, как прежде, {day} в {time}: {link}",
        of="day time new_day new_time",
        must="day time new_day new_time link",
    ),
    Kind.VISIT_CANCELLED: _wording(
        "Запись отменена в\u00a0МИС",
        "Ваша запись {day} в {time} отменена не вами. Выбрать другое время: {site}",
        of="day time",
        must="day time",
    ),
    Kind.VISIT_MISSING: _wording(
        "Записи больше нет в\u00a0МИС",
        "Вашей записи {day} в {time} больше нет в расписании."
        " Позвоните нам или выберите другое время: {site}",
        of="day time",
        must="day time",
    ),
    Kind.VISIT_MOVED: _wording(
        "Запись перенесена в\u00a0МИС",
        "Ваша запись {day} в {time} перенесена на {new_day} в {new_time}."
        " Посмотреть или отменить: {site}/lk/",
        of="day time new_day new_time",
        must="day time new_day new_time",
    ),
    Kind.VISIT_SUBSTITUTED: _wording(
        "В\u00a0МИС сменился специалист, время прежнее",
        "{day} в {time} вас примет другой специалист. Посмотреть или отменить: {site}/lk/",
        of="day time",
        must="day time",
    ),
    Kind.OTHER_TIMES: _wording(
        "День отменён, нужно выбрать другое время",
        "{day} в {time} вас принять не смогут. Выберите другое время: {link}",
        of="day time",
        must="day time link",
    ),
    Kind.REVIEW_REQUEST: _wording(
        "После визита: просьба об\u00a0отзыве",
        "{day} вы были у нас: {place}. Расскажите, всё ли понравилось: {link}",
        of="day",
        must="link",
    ),
}
"""Every kind whose text a clinic may change, in the order in which they are shown."""


def said(kind: Kind, values: Mapping[str, str]) -> str:
    """Return the message in the words that the clinic has now; `values` has all variables of its kind."""
    wording, text = WORDINGS[kind], current(kind)
    if not names_in(text) <= set(wording.may):
        _log.error("the text of %s names a variable that is no more: the usual one is sent", kind)
        text = wording.usual
    return fill(text, values)


def example(text: str) -> str:
    """Return a text with the example of each variable that exists; others stay as they are typed."""
    return fill(text, {name: shown for name, (_, shown) in VARIABLES.items()})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put in each variable that has a value; one whose value is empty goes with the comma before it."""

    def put(found: re.Match[str]) -> str:
        value = values.get(found["name"])
        if value is None:
            return found.group()
        return found["lead"] + value if value else ""

    return _IN_PLACE.sub(put, text)


@contextmanager
def read_once() -> Iterator[None]:
    """Ask for the template of each kind once in this block, which writes many messages at one time."""
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def current(kind: Kind) -> str:
    """Return the template that holds now."""
    known = _KNOWN.get()
    if known is None:
        return _current(kind)
    return known.get(kind) or known.setdefault(kind, _current(kind))


def _current(kind: Kind) -> str:
    latest = OwnText.objects.filter(kind=kind).order_by("-id").values_list("text", flat=True).first()
    return latest or WORDINGS[kind].usual


def changeable(kind: Kind) -> Kind:
    """Return the kind; NotFoundError where its text is fixed."""
    if kind not in WORDINGS:
        raise NotFoundError(f"the text of {kind} is fixed")
    return kind


def names_in(text: str) -> set[str]:
    return set(_VARIABLE.findall(text))


def faults(kind: Kind, text: str, *, names: Collection[TellingName]) -> Iterator[str]:
    """Yield what is wrong with a text as sentences; `names` are those that no message may hold."""
    wording, found = WORDINGS[kind], names_in(text)
    if not text:
        yield "Напишите текст."
        return
    if len(text) > _LONGEST or (parts := parts_of(example(text))) > MOST_PARTS:
        how = f": частей {parts}, а\u00a0можно {MOST_PARTS}" if len(text) <= _LONGEST else ""
        yield f"Слишком длинно{how}. Сократите."
    if not text.isprintable():  # no-break spaces are not, either
        yield "Пишите одной строкой, обычными пробелами."
    if set("{}") & set(_VARIABLE.sub("", text)):
        yield "У\u00a0фигурной скобки нет пары."
    unknown = sorted(found - set(wording.may))
    if unknown:
        yield f"Нет такой переменной: {_listed(unknown)}. Есть: {_listed(wording.may)}."
    missing = [name for name in wording.may if name in wording.must - found]
    if missing:
        yield f"Не\u00a0хватает: {_listed(missing)}. Без\u00a0этого пациент не\u00a0поймёт сообщение."
    yield from _telling(_VARIABLE.sub(" ", text), names)


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _telling(text: str, names: Collection[TellingName]) -> Iterator[str]:
    """Yield each word that says that it is about health, about what, or at whom."""
    why = "Телефон лежит на\u00a0столе, и\u00a0его видят другие."
    for found in dict.fromkeys(each.group() for each in _TELLING.finditer(text)):
        yield f"Слово с\u00a0«{found}» выдаёт, что\u00a0это о\u00a0здоровье. {why}"
    usual = {
        _plain(word) for each in WORDINGS.values() for word in _WORD.findall(_VARIABLE.sub(" ", each.usual))
    }
    for word in dict.fromkeys(_WORD.findall(text)):
        if _plain(word) in usual:
            continue  # what every text says as usual tells nothing, whatever a service is called
        name = next((each for each in names if _is_of(word, each.name)), None)
        if name is not None:
            yield f"Слово «{word}» есть в\u00a0названии: {name.what} «{name.name}». {why}"


def _is_of(word: str, name: str) -> bool:
    return any(_is_same(_plain(word), _plain(part)) for part in _WORD.findall(name))


def _is_same(word: str, part: str) -> bool:
    """Whether they are one word in any case or number: alike but for an ending."""
    if min(len(word), len(part)) < _SHORTEST:
        return False
    alike = next((at for at, (one, other) in enumerate(zip(word, part, strict=False)) if one != other), None)
    alike = min(len(word), len(part)) if alike is None else alike
    ending = 1 if len(part) <= _SHORTEST + 2 else 2
    return alike >= max(_SHORTEST, len(part) - ending) and len(word) - alike <= ending + 1


def _plain(word: str) -> str:
    return word.casefold().replace("ё", "е")
