"""What forms of patients have in common: services have the last word, beside the fields."""

from collections.abc import Mapping
from datetime import date, datetime

from django import forms


class SaidForm(forms.Form):
    """A form that tells what a service refused where it was typed."""

    use_required_attribute = False

    def blame(self, fields: Mapping[str, str]) -> None:
        """Put sentences of a service beside their fields; those of unknown fields stand above the form."""
        for name, sentence in fields.items():
            self.add_error(name if name in self.fields else None, sentence)


def iso_date(text: str) -> str:
    """Return ISO for `дд.мм.гггг` or ISO; empty stays empty. Raises ValidationError."""
    if not text:
        return ""
    try:
        return _read_date(text).isoformat()
    except ValueError:
        raise forms.ValidationError("Напишите дату так: 05.11.1987") from None


def _read_date(text: str) -> date:
    if "." in text:
        return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a date that is typed has no zone
    return date.fromisoformat(text)
