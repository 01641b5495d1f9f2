"""What the build made, in templates: addresses of files, and icons as symbols of one cached file.

An icon draws what the words beside it already say, and is hidden from screen readers.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from feldsher.channels.frontend.assets import asset as address_of
from feldsher.channels.frontend.assets import integrity_of

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    return address_of(name)


@register.simple_tag
def script(name: str) -> SafeString:
    """Return the tag of a built script, with the hash that its content must have."""
    return format_html(
        '<script type="module" src="{}" integrity="{}"></script>', address_of(name), integrity_of(name)
    )


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    return format_html(
        '<svg class="icon{}" width="24" height="24" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" {kind}" if kind else "",
        address_of("icons.svg"),
        name,
    )


@register.simple_tag
def mark() -> SafeString:
    """Return the sign of a clinic that has given no logo of its own."""
    return format_html(
        '<svg width="32" height="32" aria-hidden="true"><use href="{}#mark"></use></svg>',
        address_of("icons.svg"),
    )
