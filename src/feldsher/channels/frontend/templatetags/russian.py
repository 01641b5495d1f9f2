"""Russian words in templates: prices, phones, numbers with their nouns."""

from decimal import Decimal

from django import template

from feldsher.kernel import formats
from feldsher.kernel.money import format_roubles
from feldsher.kernel.phone import format_phone, parse_phone

register = template.Library()


@register.filter
def roubles(amount: Decimal | None, is_from: bool = False) -> str:  # noqa: FBT001, FBT002 - a filter's argument
    """Return the price in words; `is_from`: it is the least of several."""
    return format_roubles(amount, is_from=is_from)


@register.filter
def phone(text: str) -> str:
    """Return `+7 921 000-00-00`, or the text as it stands where it is no Russian phone."""
    canonical = parse_phone(text)
    return format_phone(canonical) if canonical else text


@register.filter
def tel(text: str) -> str:
    """Return what follows `tel:` in a link."""
    return parse_phone(text) or "".join(char for char in text if char.isdigit() or char == "+")


@register.filter
def counted(number: int, forms: str) -> str:
    """Return the number with its noun; `forms` is `врач,врача,врачей`."""
    one, few, many = forms.split(",")
    return formats.plural(number, one, few, many)


@register.filter
def sentence(text: str) -> str:
    return formats.sentence_case(text)


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@register.filter
def clock(seconds: int) -> str:
    """Return `08:41`: what is left of a hold."""
    return f"{seconds // 60:02}:{seconds % 60:02}"
