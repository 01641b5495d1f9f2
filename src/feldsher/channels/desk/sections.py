"""The sections of the header, in their order. A new page of the desk adds its line here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from feldsher.domain.accounting import selectors as accounting
from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import selectors as editorial
from feldsher.domain.reviews import selectors as reviews
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access import selectors as access
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.alarms.selectors import open_count
from feldsher.foundation.emergency.selectors import waiting_count
from feldsher.foundation.modules import BOOKING, CHECKUPS, CORPORATE, is_on


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is that of the URL in `urls`; whoever may do `action` sees the section.

    `count` says how many things wait there for this person: a number beside the title, nothing for zero.
    `is_shown` says whether the clinic has such a thing at all; `module` is the one without which it is not.
    `without_exchange` is the title where there is no exchange of times to look at.
    """

    name: str
    title: str
    action: Action
    count: Callable[[Staff], int] | None = None
    is_shown: Callable[[], bool] | None = None
    module: str = ""
    without_exchange: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the clinic has such a section."""
        if self.module and not is_on(self.module):
            return False
        return self.is_shown is None or self.is_shown()

    @property
    def heading(self) -> str:
        """The title as the menu says it."""
        has_other = self.without_exchange and not scheduling.has_exchange()
        return self.without_exchange if has_other else self.title


def _missing(_staff: Staff) -> int:
    return directory.missing_count() + directory.unknown_line_count()


def _grant_requests(_staff: Staff) -> int:
    return access.open_request_count()


def _alarms(_staff: Staff) -> int:
    return open_count()


SECTIONS = (
    Section("home", "Нужен\u00a0человек", Action.ENTER),
    Section("schedule", "Расписание", Action.SEE_VISITS, module=BOOKING),
    Section("day", "Записи", Action.SEE_VISITS, module=BOOKING),
    Section(
        "waiting",
        "Лист ожидания",
        Action.BOOK_VISITS,
        is_shown=scheduling.has_waiting_list,
        module=BOOKING,
    ),
    Section(
        "differences",
        "Расхождения",
        Action.RESOLVE_VISITS,
        count=scheduling.differing_count,
        module=BOOKING,
    ),
    Section("why", "Почему не\u00a0это время", Action.EXPLAIN_TIME, module=BOOKING),
    Section("stops", "Остановить запись", Action.STOP_BOOKING, module=BOOKING),
    Section("hours", "Часы приёма", Action.SET_HOURS, is_shown=scheduling.keeps_own_schedule, module=BOOKING),
    Section("rules", "Правила записи", Action.SET_RULES, module=BOOKING),
    Section("sync", "Обмен с\u00a0МИС", Action.SEE_SYNC, count=_alarms, without_exchange="Тревоги"),
    Section("referrals", "Направления", Action.SEE_REFERRALS, module=BOOKING),
    Section("alerts", "Сигналы", Action.SEE_ALERTS),
    Section("emergency", "Экстренный доступ", Action.BREAK_GLASS, module=BOOKING),
    Section("reviews", "Экстренные доступы", Action.REVIEW_EMERGENCY, count=waiting_count),
    Section("directory", "Справочник", Action.EDIT_DIRECTORY),
    Section("missing", "Чего не\u00a0хватает", Action.EDIT_DIRECTORY, count=_missing),
    Section(
        "accounts",
        "Сверка с\u00a01С",
        Action.SEE_ACCOUNTS,
        count=accounting.difference_count,
        is_shown=accounting.has_bases,
    ),
    Section("figures", "Показатели", Action.SEE_FIGURES, module=BOOKING),
    Section("companies", "Заявки компаний", Action.HANDLE_COMPANIES, module=CORPORATE),
    Section("corporate", "Для\u00a0компаний", Action.EDIT_CORPORATE, module=CORPORATE),
    Section("checkups", "Чекапы", Action.EDIT_CHECKUPS, module=CHECKUPS),
    Section("maps", "Карты", Action.EXPORT_BRANCHES),
    Section("site", "Сайт", Action.EDIT_SITE),
    Section("passport", "Паспорт сайта", Action.SEE_PASSPORT),
    Section("counters", "Счётчики", Action.EDIT_COUNTERS),
    Section("pages", "Материалы", Action.EDIT_PAGES, count=editorial.review_count),
    Section(
        "reviewing",
        "Проверка материалов",
        Action.REVIEW_PAGES,
        count=partial(editorial.review_count, is_own=True),
    ),
    Section("feedback", "Отзывы", Action.MODERATE_REVIEWS, count=reviews.waiting_count),
    Section("messages", "Сообщения", Action.EDIT_MESSAGES, module=BOOKING),
    Section("journal", "Журнал доступа", Action.SEE_JOURNAL),
    Section("staff", "Сотрудники", Action.MANAGE_STAFF, count=_grant_requests),
)
