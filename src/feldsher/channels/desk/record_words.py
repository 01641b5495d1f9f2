"""Russian words for the directory: kinds, fields, sources, zones, and what a gap keeps from working."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from feldsher.domain.directory.types import FieldCard, Kind, Missing, ServiceKind
from feldsher.kernel import formats
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.phone import format_phone, parse_phone


@dataclass(frozen=True, slots=True)
class KindWords:
    """How a kind is called: in an address, over a list, over one record; `second` heads a list's column."""

    kind: Kind
    slug: str
    many: str
    one: str
    second: str


KINDS: Final = (
    KindWords(Kind.LOCATION, "branches", "Филиалы", "Филиал", "Адрес"),
    KindWords(Kind.ORGANIZATION, "organizations", "Юридические лица", "Юридическое лицо", "ИНН"),
    KindWords(Kind.PRACTITIONER, "doctors", "Врачи", "Врач", "Специальности"),
    KindWords(Kind.SPECIALTY, "specialties", "Специальности", "Специальность", "Кто принимает"),
    KindWords(Kind.SERVICE, "services", "Услуги", "Услуга", "Длительность, мин"),
)
BY_KIND: Final = {words.kind: words for words in KINDS}
_BY_SLUG: Final = {words.slug: words for words in KINDS}

LABELS: Final = {
    "about": "О\u00a0враче",
    "address": "Адрес",
    "authorities_url": "Страница: куда ещё обратиться",
    "career_start": "С\u00a0какого года работает врачом",
    "category": "Категория",
    "certificates": "Сертификаты и\u00a0аккредитации",
    "certificates_expired": "Сертификат, срок которого вышел",
    "city": "Город",
    "city_where": "В\u00a0каком городе",
    "code": "Код",
    "company_id": "Номер в\u00a0Яндекс.Бизнесе",
    "complaints_url": "Страница: как подать жалобу",
    "contract_url": "Страница: образец договора",
    "degree": "Учёная степень",
    "directions": "Как пройти",
    "education": "Образование",
    "family": "Фамилия",
    "full_name": "Полное название",
    "given": "Имя",
    "guarantees_url": "Страница: бесплатная помощь по\u00a0госгарантиям",
    "hours": "Часы работы",
    "inn": "ИНН",
    "kind": "Вид строки прайс-листа",
    "latitude": "Широта",
    "licence_date": "Дата лицензии",
    "licence_issuer": "Кто выдал лицензию",
    "licence_number": "Номер лицензии",
    "longitude": "Долгота",
    "metro": "Метро",
    "middle": "Отчество",
    "minutes": "Длительность, мин",
    "name": "Название",
    "nomenclature": "Код номенклатуры (804н)",
    "ogrn": "ОГРН",
    "organization": "Юридическое лицо",
    "parent": "Раздел прайс-листа",
    "phone": "Телефон",
    "photo": "Фотография",
    "preparation": "Как подготовиться",
    "rank": "Учёное звание",
    "rubrics": "Рубрики на\u00a0картах",
    "section": "Раздел на\u00a0странице цен",
    "title": "Кто принимает",
    "to_bring": "Что взять с\u00a0собой",
    "zone": "Часовой пояс",
}
HINTS: Final = {
    "about": "До\u00a05000 знаков, абзацы сохраняются.",
    "career_start": "Стаж сайт посчитает сам.",
    "certificates": "Строка на\u00a0документ: аккредитация; офтальмология; 31.12.2028.",
    "city_where": "С\u00a0предлогом: в\u00a0Нижнем Новгороде. Пусто: сайт просклоняет сам, если уверен.",
    "company_id": "Цифры из\u00a0адреса карточки филиала.",
    "contract_url": "Адрес страницы: https://… или\u00a0/… на\u00a0этом сайте. Стоит на\u00a0странице цен.",
    "degree": "Например, кандидат медицинских наук.",
    "directions": "Словами, от\u00a0остановки или метро: до\u00a01000 знаков.",
    "education": "Строка на\u00a0диплом: ординатура; Пример-университет; 2012; офтальмология.",
    "hours": "Например, пн–сб 8:00–20:00.",
    "latitude": "Градусы, например 55,751244.",
    "longitude": "Градусы, например 37,618423.",
    "metro": "Станции через запятую, без\u00a0слова «метро».",
    "nomenclature": "Например, B01.047.001.",
    "preparation": "Пациент читает это в\u00a0своей записи: до\u00a02000 знаков.",
    "rubrics": "Через запятую, главная первой: Медцентр, Офтальмология.",
    "section": "Где раздела МИС нет или\u00a0он пациенту непонятен.",
    "title": "Как назвать врача на\u00a0сайте: «офтальмолог» для «Офтальмология».",
}
SERVICE_KINDS: Final[dict[str, str]] = {
    ServiceKind.SERVICE: "услуга",
    ServiceKind.MATERIAL: "материал",
    ServiceKind.SET: "набор",
    ServiceKind.FOLDER: "раздел",
}
_RUSSIAN_ZONES: Final = {
    "Europe/Kaliningrad": "Калининград",
    "Europe/Moscow": "Москва",
    "Europe/Simferopol": "Симферополь",
    "Europe/Kirov": "Киров",
    "Europe/Volgograd": "Волгоград",
    "Europe/Astrakhan": "Астрахань",
    "Europe/Samara": "Самара",
    "Europe/Saratov": "Саратов",
    "Europe/Ulyanovsk": "Ульяновск",
    "Asia/Yekaterinburg": "Екатеринбург",
    "Asia/Omsk": "Омск",
    "Asia/Barnaul": "Барнаул",
    "Asia/Krasnoyarsk": "Красноярск",
    "Asia/Novokuznetsk": "Новокузнецк",
    "Asia/Novosibirsk": "Новосибирск",
    "Asia/Tomsk": "Томск",
    "Asia/Irkutsk": "Иркутск",
    "Asia/Chita": "Чита",
    "Asia/Khandyga": "Хандыга",
    "Asia/Yakutsk": "Якутск",
    "Asia/Ust-Nera": "Усть-Нера",
    "Asia/Vladivostok": "Владивосток",
    "Asia/Magadan": "Магадан",
    "Asia/Sakhalin": "Южно-Сахалинск",
    "Asia/Srednekolymsk": "Среднеколымск",
    "Asia/Anadyr": "Анадырь",
    "Asia/Kamchatka": "Петропавловск-Камчатский",
}
"""From west to east."""
_NEAR = ("Europe/", "Asia/")


def kind_of(slug: str) -> KindWords:
    """Return the words of a kind by its place in an address; NotFoundError."""
    words = _BY_SLUG.get(slug)
    if words is None:
        raise NotFoundError("no such kind of records")
    return words


def zone_title(zone: str, *, now: datetime) -> str:
    """Return `Екатеринбург, МСК+2`, or the zone's own name where it is no Russian one."""
    city = _RUSSIAN_ZONES.get(zone)
    if city is None:
        return zone
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    moscow = now.astimezone(ZoneInfo(formats.MOSCOW)).utcoffset() or timedelta()
    hours = round((offset - moscow) / timedelta(hours=1))
    return f"{city}, МСК" + (f"{hours:+d}".replace("-", "−") if hours else "")


def zone_options(*, chosen: str, now: datetime) -> list[tuple[str, str]]:
    """Return what a select of zones offers: Russian ones from west to east, then the neighbours' by name."""
    names = [*_RUSSIAN_ZONES, *_other_zones()]
    if chosen and chosen not in names:
        names.insert(0, chosen)
    return [("", "Не\u00a0указан"), *((name, zone_title(name, now=now)) for name in names)]


@cache
def _other_zones() -> tuple[str, ...]:
    near = (name for name in available_timezones() if name.startswith(_NEAR) and name not in _RUSSIAN_ZONES)
    return tuple(sorted(near))


def shown_value(field: str, value: str, *, now: datetime) -> str:
    """Return a value as a person reads it."""
    if field == "zone" and value:
        return zone_title(value, now=now)
    if field == "phone":
        canonical = parse_phone(value)
        return format_phone(canonical) if canonical else value
    if field == "kind":
        return SERVICE_KINDS.get(value, value)
    if field == "licence_date" and value:
        day = date.fromisoformat(value)
        return f"{day:%d.%m.%Y}"
    return value


def source_words(card: FieldCard, *, given: str, now: datetime) -> str:
    """Say who gives a field's value, and beside staff's word what it would be without it (`given`)."""
    under = f"В\u00a0МИС {card.given_by}" if card.given_by else "По\u00a0умолчанию"
    if card.is_overlaid and card.updated_at is not None:
        day = formats.local_day(card.updated_at, formats.MOSCOW)
        today = formats.local_day(now, formats.MOSCOW)
        said = f"Сотрудник {card.author}, {formats.day_month(day, today=today)}"
        return f"{said}. {under}: «{given}»" if given else said
    if card.given:
        return f"МИС {card.given_by}" if card.given_by else "По\u00a0умолчанию"
    return "По\u00a0умолчанию" if card.value else "Не\u00a0указано"


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Gaps that keep the same thing from working, and the sentence that says what."""

    sentence: str
    lines: tuple[Missing, ...]


_REQUISITES = (
    "name",
    "full_name",
    "inn",
    "ogrn",
    "licence_number",
    "licence_date",
    "licence_issuer",
    "address",
)
_OF_LAW = ("education", "certificates", "certificates_expired")
_OF_LOOKS = ("photo", "about", "career_start")
_BLOCKED: Final[tuple[tuple[str, frozenset[tuple[str, str]]], ...]] = (
    (
        "Без\u00a0часового пояса запись в\u00a0филиал закрыта",
        frozenset({(Kind.LOCATION.value, "zone")}),
    ),
    (
        "Без\u00a0длительности приём занимает столько, сколько принято у\u00a0врача, или\u00a030\u00a0минут",
        frozenset({(Kind.SERVICE.value, "minutes")}),
    ),
    (
        "Без\u00a0слова о\u00a0враче на\u00a0сайте стоит «Офтальмология», а\u00a0не\u00a0«офтальмолог»",
        frozenset({(Kind.SPECIALTY.value, "title")}),
    ),
    (
        "Без\u00a0адреса, телефона и\u00a0часов пациент не\u00a0найдёт филиал и\u00a0не\u00a0дозвонится",
        frozenset((Kind.LOCATION.value, field) for field in ("city", "address", "phone", "hours")),
    ),
    (
        "Без\u00a0реквизитов согласие пациента и\u00a0сведения о\u00a0лицензии неполны",
        frozenset((Kind.ORGANIZATION.value, field) for field in _REQUISITES),
    ),
    (
        "Без\u00a0образования и\u00a0действующего сертификата сведения о\u00a0враче неполны (приказ 118н)",
        frozenset((Kind.PRACTITIONER.value, field) for field in _OF_LAW),
    ),
    (
        "Без\u00a0фотографии, рассказа и\u00a0стажа пациенту труднее выбрать врача",
        frozenset((Kind.PRACTITIONER.value, field) for field in _OF_LOOKS),
    ),
)


def gap_groups(lines: Iterable[Missing]) -> tuple[GapGroup, ...]:
    """Return the gaps by what they keep from working, the worst first."""
    rest = list(lines)
    groups = []
    for sentence, keys in _BLOCKED:
        own = tuple(line for line in rest if (line.kind, line.field) in keys)
        if own:
            groups.append(GapGroup(sentence, own))
    return tuple(groups)
