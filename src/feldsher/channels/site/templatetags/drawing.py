"""Portraits and scenes in templates: each is a symbol of a cached file, hidden from screen readers."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from feldsher.channels.frontend.assets import asset as address_of
from feldsher.channels.site.portraits import portrait_of
from feldsher.domain.directory.types import PractitionerCard

register = template.Library()


@register.simple_tag
def portrait(card: PractitionerCard, kind: str = "") -> SafeString:
    drawn = portrait_of(card)
    return head(drawn.head, drawn.family, kind)


@register.simple_tag
def head(name: str, family: int, kind: str = "") -> SafeString:
    """Return one paper cut-out in one of the four families of colours."""
    return format_html(
        '<svg class="portrait family-{}{}" width="72" height="84" viewBox="0 0 96 116"'
        ' preserveAspectRatio="xMidYMax slice" aria-hidden="true"><use href="{}#{}"></use></svg>',
        family,
        f" {kind}" if kind else "",
        address_of("pictures.svg"),
        name,
    )


@register.simple_tag
def scene(name: str, css: str = "picture", width: int = 260) -> SafeString:
    """Return a piece of the corridor; `width` is that of its drawing, whose height is 168."""
    return format_html(
        '<svg class="{}" width="{}" height="168" viewBox="0 0 {} 168" preserveAspectRatio="xMidYMax slice"'
        ' aria-hidden="true"><use href="{}#{}"></use></svg>',
        css,
        width,
        width,
        address_of("pictures.svg"),
        name,
    )
