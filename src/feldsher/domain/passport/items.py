"""What a clinic's site has to say, as dated data: the orders of the ministry and the paid services.

Sources: приказ Минздрава 118н (before 1 September 2025: 956н), постановление 736 (to 1 September 2026; its
successor is not known here), приказ 193н, 152-ФЗ art. 18.1. Read on 23 November 2026 as far as excerpts went;
the wording is ours, and a lawyer has to look at it (docs/modules/passport.md).
"""

from datetime import date
from typing import Final

from feldsher.domain.passport.types import Act, Item, Known, Place, Section

_SITE_2014: Final = Act("приказ Минздрава России от 30.12.2014 № 956н", date(2015, 3, 1), date(2025, 9, 1))
_SITE_2025: Final = Act("приказ Минздрава России от 13.03.2025 № 118н", date(2025, 9, 1))
_SITE: Final = (_SITE_2014, _SITE_2025)
_PAID: Final = (
    Act(
        "постановление Правительства РФ от 11.05.2023 № 736",
        date(2023, 9, 1),
        date(2026, 9, 1),
    ),
)
_REMOTE: Final = (Act("приказ Минздрава России от 11.04.2025 № 193н", date(2025, 9, 1)),)
_PERSONAL: Final = (Act("закон от 27.07.2006 № 152-ФЗ, статья 18.1", date(2011, 7, 27)),)


def _known(key: str, title: str, section: Section, known: Known, place: Place | None = None) -> Item:
    return Item(key, title, section, _SITE, known=known, place=place)


def _asked(key: str, title: str, section: Section, hint: str = "", *, may_be_not_ours: bool = False) -> Item:
    return Item(key, title, section, _SITE, hint=hint, may_be_not_ours=may_be_not_ours)


def _paid(key: str, title: str, hint: str) -> Item:
    return Item(key, title, Section.PAID, _PAID, hint=hint)


ITEMS: Final[tuple[Item, ...]] = (
    _known("full_name", "Полное наименование", Section.CLINIC, Known.FULL_NAME),
    _known("address", "Место нахождения", Section.CLINIC, Known.ADDRESS),
    _known("branches", "Филиалы и\u00a0их\u00a0адреса", Section.CLINIC, Known.BRANCHES),
    _asked(
        "route", "Почтовый адрес и\u00a0схема проезда", Section.CLINIC, "Как доехать до\u00a0каждого филиала."
    ),
    _known("numbers", "ОГРН и\u00a0ИНН", Section.CLINIC, Known.NUMBERS),
    _asked(
        "registration",
        "Дата государственной регистрации, учредители",
        Section.CLINIC,
        "Дата регистрации юридического лица и\u00a0кто его учредил.",
    ),
    _asked(
        "structure", "Структура и\u00a0органы управления", Section.CLINIC, "Кто руководит, какие отделения."
    ),
    _known("hours", "Режим работы", Section.CLINIC, Known.HOURS),
    _asked(
        "inside_rules",
        "Правила внутреннего распорядка для\u00a0пациентов",
        Section.CLINIC,
        "Текст или ссылка на\u00a0документ.",
    ),
    _known("phones", "Телефоны", Section.CLINIC, Known.PHONES),
    _asked("email", "Адрес электронной почты", Section.CLINIC, "Почта, на\u00a0которую пишут пациенты."),
    _asked(
        "head_hours", "График приёма граждан руководителем", Section.CLINIC, "Дни, часы, телефон для записи."
    ),
    _known("licence", "Лицензия", Section.CLINIC, Known.LICENCE),
    _asked(
        "licence_copy",
        "Выписка из\u00a0реестра лицензий",
        Section.CLINIC,
        "Ссылка на\u00a0запись реестра или файл.",
    ),
    _known(
        "authorities",
        "Кто нас проверяет: орган здравоохранения, Росздравнадзор, Роспотребнадзор",
        Section.CLINIC,
        Known.AUTHORITIES,
    ),
    _asked(
        "insurers",
        "Страховые медицинские организации",
        Section.CLINIC,
        "С\u00a0кем заключены договоры ОМС и\u00a0ДМС.",
        may_be_not_ours=True,
    ),
    _asked(
        "kinds",
        "Виды медицинской помощи",
        Section.CARE,
        "По\u00a0лицензии: какая помощь, в\u00a0каких условиях.",
    ),
    _asked(
        "rights",
        "Права и\u00a0обязанности пациентов",
        Section.CARE,
        "Статьи 18–27 закона № 323-ФЗ: текст или ссылка.",
    ),
    _asked("booking_rules", "Правила записи на\u00a0приём и\u00a0обследование", Section.CARE),
    _asked("preparation", "Правила подготовки к\u00a0исследованиям", Section.CARE),
    _asked("hospital", "Правила госпитализации", Section.CARE, may_be_not_ours=True),
    _known(
        "guarantees",
        "Программа государственных гарантий: что можно получить бесплатно",
        Section.CARE,
        Known.GUARANTEES,
    ),
    _asked("checkups", "Диспансеризация и\u00a0профилактические осмотры", Section.CARE, may_be_not_ours=True),
    _asked(
        "medicines",
        "Перечни жизненно необходимых и\u00a0льготных лекарств",
        Section.CARE,
        may_be_not_ours=True,
    ),
    _asked(
        "equipment", "Оборудование", Section.CARE, "На\u00a0чём обследуют и\u00a0лечат.", may_be_not_ours=True
    ),
    Item(
        "remote",
        "Телемедицина: как устроена, кто консультирует",
        Section.CARE,
        _REMOTE,
        hint="Порядок дистанционных консультаций.",
        may_be_not_ours=True,
    ),
    _known("prices", "Прайс-лист", Section.PAID, Known.PRICES, Place.PRICES),
    _paid(
        "paid_rules",
        "Порядок и\u00a0условия платных услуг",
        "Как платят, как возвращают деньги и\u00a0в\u00a0какой срок.",
    ),
    Item("contract", "Образец договора", Section.PAID, _PAID, known=Known.CONTRACT),
    _paid(
        "methods",
        "Методы, риски, последствия и\u00a0ожидаемые результаты",
        "Текст или ссылка на\u00a0описания услуг.",
    ),
    _paid("waiting", "Сроки ожидания платных услуг", "Сколько ждут приёма, исследования, операции."),
    Item("complaints", "Куда и\u00a0как пожаловаться", Section.PAID, _PAID, known=Known.COMPLAINTS),
    _known("doctors", "Врачи: имя и\u00a0должность", Section.DOCTORS, Known.DOCTORS, Place.DOCTORS),
    _known(
        "education",
        "Образование врачей и\u00a0аккредитация",
        Section.DOCTORS,
        Known.EDUCATION,
        Place.DOCTORS,
    ),
    _known("schedule", "График приёма врачей", Section.DOCTORS, Known.SCHEDULE, Place.DOCTORS),
    _asked("vacancies", "Вакансии", Section.DOCTORS, "Список или «открытых вакансий нет»."),
    _asked(
        "feedback",
        "Отзывы и\u00a0обращения пациентов",
        Section.OPENNESS,
        "Где оставить отзыв и\u00a0кто отвечает.",
    ),
    _asked(
        "quality",
        "Анкета независимой оценки качества",
        Section.OPENNESS,
        "Ссылка на\u00a0анкету Минздрава.",
        may_be_not_ours=True,
    ),
    Item(
        "policy",
        "Политика обработки персональных данных",
        Section.OPENNESS,
        _PERSONAL,
        known=Known.POLICY,
        place=Place.POLICY,
    ),
    _known("look", "Версия для\u00a0слабовидящих", Section.OPENNESS, Known.LOOK, Place.LOOK),
)
BY_KEY: Final = {item.key: item for item in ITEMS}
SECTION_TITLES: Final = {
    Section.CLINIC: "О\u00a0медицинской организации",
    Section.CARE: "Медицинская помощь",
    Section.PAID: "Платные медицинские услуги",
    Section.DOCTORS: "Врачи и\u00a0сотрудники",
    Section.OPENNESS: "Открытость",
}
