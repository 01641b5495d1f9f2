"""How pages say dates, times, zones and numbers in Russian («вт, 24 ноября», «по МСК»).

No-break spaces are part of the text. Every function takes the branch's zone or a day of it: nothing here
knows a server's zone.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

NBSP = "\u00a0"
MOSCOW = "Europe/Moscow"

_WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_WEEKDAYS_FULL = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
_MONTHS_ALONE = (
    "Январь",
    "Февраль",
    "Март",
    "Апрель",
    "Май",
    "Июнь",
    "Июль",
    "Август",
    "Сентябрь",
    "Октябрь",
    "Ноябрь",
    "Декабрь",
)
_CITIES = {
    "Asia/Anadyr": "Анадыря",
    "Asia/Barnaul": "Барнаула",
    "Asia/Chita": "Читы",
    "Asia/Irkutsk": "Иркутска",
    "Asia/Kamchatka": "Петропавловска-Камчатского",
    "Asia/Khandyga": "Хандыги",
    "Asia/Krasnoyarsk": "Красноярска",
    "Asia/Magadan": "Магадана",
    "Asia/Novokuznetsk": "Новокузнецка",
    "Asia/Novosibirsk": "Новосибирска",
    "Asia/Omsk": "Омска",
    "Asia/Sakhalin": "Южно-Сахалинска",
    "Asia/Srednekolymsk": "Среднеколымска",
    "Asia/Tomsk": "Томска",
    "Asia/Ust-Nera": "Усть-Неры",
    "Asia/Vladivostok": "Владивостока",
    "Asia/Yakutsk": "Якутска",
    "Asia/Yekaterinburg": "Екатеринбурга",
    "Europe/Astrakhan": "Астрахани",
    "Europe/Kaliningrad": "Калининграда",
    "Europe/Kirov": "Кирова",
    "Europe/Samara": "Самары",
    "Europe/Saratov": "Саратова",
    "Europe/Simferopol": "Симферополя",
    "Europe/Ulyanovsk": "Ульяновска",
    "Europe/Volgograd": "Волгограда",
}


def local_day(instant: datetime, zone: str) -> date:
    """Return the day on the calendar of `zone` (IANA) at `instant`."""
    return instant.astimezone(ZoneInfo(zone)).date()


def clock(instant: datetime, zone: str) -> str:
    """Return `09:30`, as the clock on the branch's wall shows it."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def clock_of(minute: int) -> str:
    """Return `09:30` for a minute of the day; its end is `24:00`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def weekday(day: date) -> str:
    """Return `вт`."""
    return _WEEKDAYS[day.weekday()]


def day_month(day: date, *, today: date) -> str:
    """Return `24 ноября`; with the year where it isn't the current one."""
    text = f"{day.day}{NBSP}{_MONTHS[day.month - 1]}"
    return text if day.year == today.year else f"{text}{NBSP}{day.year}"


def day_year(day: date) -> str:
    """Return `24 ноября 2026 года`: a date of a document, whatever year it is read in."""
    return f"{day.day}{NBSP}{_MONTHS[day.month - 1]} {day.year}{NBSP}года"


def day_words(day: date, *, today: date) -> str:
    """Return `вт, 24 ноября`."""
    return f"{weekday(day)}, {day_month(day, today=today)}"


def near_day(day: date, *, today: date) -> str:
    """Return `сегодня, 23 ноября`, `завтра, вт, 24 ноября` or `вт, 24 ноября`."""
    if day == today:
        return f"сегодня, {day_month(day, today=today)}"
    if day == today + timedelta(days=1):
        return f"завтра, {day_words(day, today=today)}"
    return day_words(day, today=today)


def spoken_day(day: date, *, today: date) -> str:
    """Return `вторник 24 ноября`, for a label that is read aloud."""
    return f"{_WEEKDAYS_FULL[day.weekday()]} {day_month(day, today=today)}"


def month_word(day: date) -> str:
    """Return `ноября`."""
    return _MONTHS[day.month - 1]


def month_of(days: tuple[date, ...]) -> str:
    """Return `Ноябрь` or `Ноябрь — декабрь` for a strip of days in order."""
    first, last = days[0].month, days[-1].month
    if first == last:
        return _MONTHS_ALONE[first - 1]
    return f"{_MONTHS_ALONE[first - 1]}{NBSP}— {_MONTHS_ALONE[last - 1].lower()}"


def zone_words(zone: str, *, at: datetime) -> str:
    """Return `по времени Екатеринбурга`, or nothing where clocks show what they show in Moscow then."""
    moment = at.astimezone(ZoneInfo(zone))
    if moment.utcoffset() == at.astimezone(ZoneInfo(MOSCOW)).utcoffset():
        return ""
    city = _CITIES.get(zone)
    return f"по времени {city}" if city else f"по местному времени, {zone}"


def plural(number: int, one: str, few: str, many: str) -> str:
    """Return the number with its word: 1 врач, 2 врача, 5 врачей."""
    tail = number % 100
    if tail % 10 == 1 and tail != 11:  # noqa: PLR2004 - 11 takes the third form
        word = one
    elif 2 <= tail % 10 <= 4 and not 12 <= tail <= 14:  # noqa: PLR2004 - the grammar's own numbers
        word = few
    else:
        word = many
    return f"{number}{NBSP}{word}"


def sentence_case(text: str) -> str:
    """Return the text with its first letter raised and the rest untouched."""
    return text[:1].upper() + text[1:]


def promise(instant: datetime, *, zone: str, now: datetime) -> str:
    """Return the hour of a promise after «до»: `09:40`, or `09:40, завтра, вт, 24 ноября` on another day."""
    hour = clock(instant, zone)
    day, today = local_day(instant, zone), local_day(now, zone)
    zone_note = zone_words(zone, at=instant)
    text = hour if day == today else f"{hour}, {near_day(day, today=today)}"
    return f"{text} ({zone_note})" if zone_note else text


def short_name(family: str, given: str, middle: str) -> str:
    """Return «Небывалова А. С.», with no-break spaces."""
    return NBSP.join([family, *(f"{part[0]}." for part in (given, middle) if part)])
