"""Which days and hours suit whoever waits for a time: one form for the site, the cabinet and the desk."""

from datetime import date, datetime, time
from typing import Any

from django import forms

from feldsher.channels.frontend.forms import SaidForm, iso_date
from feldsher.domain.scheduling.types import Window
from feldsher.kernel import formats

ANY = "any"
PARTS = {
    ANY: ("Любые", time.min, time.max),
    "morning": ("До\u00a012", time.min, time(12)),
    "day": ("12–17", time(12), time(17)),
    "evening": ("После 17", time(17), time.max),
}
"""Parts of a day as one chooses them: title, first hour, and the hour before which a visit begins."""


class WindowForm(SaidForm):
    """Days and a part of the day."""

    first_day = forms.CharField(max_length=10, error_messages={"required": "Выберите первый день"})
    last_day = forms.CharField(max_length=10, error_messages={"required": "Выберите последний день"})
    hours = forms.ChoiceField(
        choices=[(name, title) for name, (title, _, _) in PARTS.items()],
        error_messages={"required": "Выберите часы", "invalid_choice": "Выберите часы"},
    )

    def clean_first_day(self) -> date:
        return date.fromisoformat(iso_date(str(self.cleaned_data["first_day"])))

    def clean_last_day(self) -> date:
        return date.fromisoformat(iso_date(str(self.cleaned_data["last_day"])))

    def window(self) -> Window:
        """Return what suits; only for a valid form."""
        typed: dict[str, Any] = self.cleaned_data
        _, opens, closes = PARTS[typed["hours"]]
        return Window(typed["first_day"], typed["last_day"], opens, closes)

    @property
    def days(self) -> list[tuple[forms.BoundField, str, str]]:
        """Return both days as fields of a date: what was typed and is none is shown as nothing."""
        titles = {"first_day": "С\u00a0какого дня", "last_day": "По\u00a0какой день"}
        return [(self[name], title, _date_or_nothing(self[name].value())) for name, title in titles.items()]

    @property
    def parts(self) -> list[tuple[str, str, bool]]:
        """Return the parts of a day to choose from, and whether each is chosen."""
        chosen = self["hours"].value() or ANY
        return [(name, title, name == chosen) for name, (title, _, _) in PARTS.items()]


def _date_or_nothing(typed: object) -> str:
    try:
        return iso_date(str(typed or ""))
    except forms.ValidationError:
        return ""


def typed_of(window: Window) -> dict[str, str]:
    """Return what a form shows of a window; hours that are no part of a day are any."""
    part = next((name for name, bounds in PARTS.items() if bounds[1:] == (window.opens, window.closes)), ANY)
    return {
        "first_day": window.first_day.isoformat(),
        "last_day": window.last_day.isoformat(),
        "hours": part,
    }


def usual_of(window: Window | None, *, visit_at: datetime, zone: str, now: datetime) -> dict[str, str]:
    """Return what a form shows of a visit that waits or may: what was said, else any time before it."""
    if window is not None:
        return typed_of(window)
    any_time = Window(formats.local_day(now, zone), formats.local_day(visit_at, zone), *PARTS[ANY][1:])
    return typed_of(any_time)


def window_words(window: Window | None, *, today: date) -> str:
    """Return days and hours in words, nothing for any."""
    if window is None:
        return ""
    return ", ".join(each for each in (days_words(window, today=today), hours_words(window)) if each)


def days_words(window: Window, *, today: date) -> str:
    """Return the days that are left of a window, in words."""
    first = formats.day_month(max(window.first_day, today), today=today)
    return f"с\u00a0{first} по\u00a0{formats.day_month(window.last_day, today=today)}"


def hours_words(window: Window) -> str:
    """Return the hours in words, nothing for any."""
    if (window.opens, window.closes) == PARTS[ANY][1:]:
        return ""
    for title, *bounds in PARTS.values():
        if tuple(bounds) == (window.opens, window.closes):
            return f"{title[:1].lower()}{title[1:]}"
    return f"с\u00a0{window.opens:%H:%M} до\u00a0{window.closes:%H:%M}"
