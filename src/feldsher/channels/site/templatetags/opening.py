"""A branch's hours in templates."""

from django import template

from feldsher.channels.site.hours import tidy

register = template.Library()


@register.filter
def hours(text: str) -> str:
    """Return a branch's hours for reading: «Пн–сб 08:00–20:00»."""
    return tidy(text)
