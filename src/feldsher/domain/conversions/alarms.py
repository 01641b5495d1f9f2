"""What of the reports somebody must see to, read from the database each minute."""

from collections.abc import Iterator
from datetime import timedelta

from feldsher.domain.conversions.selectors import standing
from feldsher.domain.conversions.types import AlarmCode
from feldsher.foundation.alarms.types import Met
from feldsher.kernel import clock
from feldsher.kernel.formats import plural

AREA = "conversions"
LATE = timedelta(hours=2)
FEWEST = 3
"""So many that the catalogue does not take, and none that it took, are a fault of ours."""
NEWS = timedelta(days=4)
"""So long what was given up is news: the term of three days, and one more."""
_WORDS = ("запись", "записи", "записей")


def met() -> tuple[Met, ...]:
    return tuple(_met())


def _met() -> Iterator[Met]:
    now = clock.now()
    found = standing(now=now, since=now - NEWS)
    if found.denied or found.unfit >= FEWEST:
        yield Met(
            AlarmCode.BOOKING_REPORTS_REFUSED,
            "",
            "Каталог не\u00a0принимает сообщения о\u00a0записях",
            f"Ответ: {found.denied}. Скорее всего истёк токен: он живёт полгода."
            f" Ждут {plural(found.waiting, *_WORDS)}."
            if found.denied
            else f"За\u00a0сутки каталог отказал всем: {found.unfit}. Проверьте поля отчёта.",
        )
    is_late = found.oldest is not None and now - found.oldest >= LATE
    if (is_late and not found.denied) or found.given_up:
        lost = f" Не\u00a0переданы насовсем: {found.given_up}." if found.given_up else ""
        yield Met(
            AlarmCode.BOOKING_REPORTS_LATE,
            "",
            "Каталог не\u00a0узнал о\u00a0записях вовремя",
            f"Ждут {plural(found.waiting, *_WORDS)}.{lost}",
        )
