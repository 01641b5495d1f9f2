"""What stands on a record's page beside its fields where staff make them: places, services, prices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.urls import reverse

from feldsher.channels.desk.own_words import NEW, act_words, price_words
from feldsher.channels.desk.record_words import BY_KIND, KindWords
from feldsher.channels.desk.scopes import Options, colleagues, doctor_options, place_options
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Kind, RecordCard
from feldsher.domain.directory.types.own import OWN_SCHEDULE, GivenService
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.kernel.formats import NBSP
from feldsher.kernel.money import format_roubles


@dataclass(frozen=True, slots=True)
class Refused:
    """A form of the page that was not taken: what was typed, and what is wrong by field."""

    typed: Mapping[str, str]
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A place of work, a service or a price; `end` is the address that ends it, empty for a MIS's."""

    title: str
    second: str
    end: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: its lines, and the form that adds one to them."""

    code: str
    title: str
    none: str
    act: str
    url: str
    end_word: str
    lines: Sequence[Line]
    fields: tuple["Choice", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of such a form; `options` make it a select, `known` are offered while one types."""

    name: str
    label: str
    value: str = ""
    error: str = ""
    hint: str = ""
    mode: str = ""
    options: Options | None = None
    known: Sequence[str] = field(default=())


def new_record(words: KindWords) -> tuple[str, str] | None:
    """Return words and address of the form that adds a record of a kind; None where staff add none."""
    if words.kind not in NEW or not scheduling.keeps_own_records():
        return None
    return NEW[words.kind][0], reverse("desk:record-add", args=[words.slug])


def own_record(card: RecordCard, refused: Refused | None) -> dict[str, object]:
    """Return what the page of a record tells and offers besides; nothing where a MIS makes all."""
    if card.kind not in NEW or not scheduling.keeps_own_records():
        return {}
    people = colleagues()
    is_ours = any(each.mis == OWN_SCHEDULE for each in card.external_ids)
    is_shown = any(each.mis != OWN_SCHEDULE and each.is_open for each in card.external_ids)
    at = [BY_KIND[card.kind].slug, card.id]
    asked = refused or Refused({}, {})
    return {
        "is_ours": is_ours,
        "close_url": reverse("desk:record-close", args=at) if is_ours and not is_shown else "",
        "open_url": reverse("desk:record-open", args=at),
        "parts": _parts(card, asked) if card.is_open else [],
        "acts": [act_words(line, people) for line in directory.acts(card.kind, target=card.id)],
    }


def _parts(card: RecordCard, asked: Refused) -> list[Part]:
    if card.kind is Kind.PRACTITIONER:
        return [_places(card.id, asked), _services(card.id, asked)]
    return [_prices(card.id, asked)] if card.kind is Kind.SERVICE else []


def _places(doctor: UUID, asked: Refused) -> Part:
    lines = [
        Line(
            f"{place.branch}, {place.specialty.lower()}" if place.specialty else place.branch,
            "" if place.is_ours else f"Расписание ведёт МИС {place.mis}",
            reverse("desk:place-end", args=[doctor, place.id]) if place.is_ours else "",
        )
        for place in directory.places_of_work(doctor)
    ]
    branches = [("", "Выберите филиал"), *((str(pk), name) for pk, name in directory.own_branches().items())]
    return Part(
        "places", "Где принимает", "Мест работы ещё\u00a0нет: на\u00a0сайте врача не\u00a0видно.",
        "Добавить место работы", reverse("desk:places", args=[doctor]), "Больше не\u00a0принимает", lines,
        (
            _choice("location", "Филиал", asked, options=branches),
            _choice(
                "specialty", "Специальность", asked, hint="например, Офтальмология",
                known=directory.specialty_texts(),
            ),
        ),
    )  # fmt: skip


def _services(doctor: UUID, asked: Refused) -> Part:
    lines = [
        Line(
            given.name,
            ", ".join(_norm(given)),
            reverse("desk:given-end", args=[doctor, given.id]) if given.is_ours else "",
        )
        for given in directory.given_services(doctor)
    ]
    others = [(str(card.id), card.name) for card in directory.services_to_give(doctor)]
    return Part(
        "services", "Что делает", "Услуг ещё\u00a0нет: записывают на\u00a0обычный приём.",
        "Добавить услугу врача", reverse("desk:given", args=[doctor]), "Больше не\u00a0делает", lines,
        (
            _choice("service", "Услуга", asked, options=[("", "Выберите услугу"), *others]),
            _choice("minutes", "Длительность, мин", asked, hint="если у\u00a0врача своя", mode="numeric"),
        ),
    )  # fmt: skip


def _norm(given: GivenService) -> Iterator[str]:
    if given.minutes:
        yield f"{given.minutes}{NBSP}мин"
    if not given.is_ours:
        yield f"МИС {given.mis}"


def _prices(service: UUID, asked: Refused) -> Part:
    lines = [
        Line(
            f"{price_words(line)}: {format_roubles(line.amount)}",
            f"с\u00a0{line.since:%d.%m.%Y}" + ("" if line.is_ours else f", МИС {line.mis}"),
            reverse("desk:price-end", args=[service, line.id]) if line.is_ours else "",
        )
        for line in directory.price_lines(service)
    ]
    return Part(
        "prices", "Цены", "Цены ещё\u00a0нет: на\u00a0сайте стоит «цена уточняется».", "Назначить цену",
        reverse("desk:prices", args=[service]), "Снять цену", lines,
        (
            _choice("location", "Филиал", asked, options=place_options("Все филиалы", directory.locations())),
            _choice("practitioner", "Врач", asked, options=doctor_options("Все врачи")),
            _choice("amount", "Цена, ₽", asked, mode="decimal"),
        ),
    )  # fmt: skip


def _choice(
    name: str,
    label: str,
    asked: Refused,
    *,
    options: Options | None = None,
    known: Sequence[str] = (),
    hint: str = "",
    mode: str = "",
) -> Choice:
    return Choice(
        name, label, asked.typed.get(name, ""), asked.faults.get(name, ""), hint, mode, options, known
    )
