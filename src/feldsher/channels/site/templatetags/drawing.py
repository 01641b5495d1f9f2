"""Portraits and scenes in templates: each is a symbol of a cached file, hidden from screen readers."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from feldsher.channels.frontend.assets import asset as address_of
from feldsher.channels.site.portraits import portrait_of
from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.directory.types.branch_map import MAP_WIDTHS, BranchMap
from feldsher.domain.directory.types.profile import PHOTO_WIDTHS

register = template.Library()


_SHOWN_WIDTHS = {"": "(min-width: 768px) 132px, 112px", "portrait-row": "(min-width: 768px) 96px, 72px"}
_SMALL = "72px"


@register.simple_tag
def portrait(card: PractitionerCard, kind: str = "") -> SafeString:
    """Return the doctor's photograph, or the paper cut-out of who has none; the name stands beside it."""
    if card.photo:
        return _photo(card.photo, kind)
    drawn = portrait_of(card)
    return head(drawn.head, drawn.family, kind)


def _photo(stem: str, kind: str) -> SafeString:
    sizes = _SHOWN_WIDTHS.get(kind, _SMALL)
    return format_html(
        '<picture class="photo"><source type="image/avif" srcset="{}" sizes="{}">'
        '<img class="portrait{}" src="{}" srcset="{}" sizes="{}" width="72" height="84" alt=""'
        ' decoding="async"{}></picture>',
        _files(stem, "avif"),
        sizes,
        f" {kind}" if kind else "",
        reverse("site:photo", args=[f"{stem}-{PHOTO_WIDTHS[0]}.webp"]),
        _files(stem, "webp"),
        sizes,
        mark_safe(' loading="lazy"') if kind else "",
    )


@register.simple_tag
def branch_map(made: BranchMap, words: str) -> SafeString:
    """Return the picture of a branch's map; `words` are what it says to who doesn't see it."""
    sizes = "(min-width: 768px) 560px, 100vw"
    return format_html(
        '<picture class="photo"><source type="image/avif" srcset="{}" sizes="{}">'
        '<img class="map-picture" src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"'
        ' decoding="async" loading="lazy"></picture>',
        _files(made.stem, "avif", address="site:map", widths=MAP_WIDTHS),
        sizes,
        reverse("site:map", args=[f"{made.stem}-{MAP_WIDTHS[0]}.webp"]),
        _files(made.stem, "webp", address="site:map", widths=MAP_WIDTHS),
        sizes,
        MAP_WIDTHS[-1],
        made.height,
        words,
    )


def _files(
    stem: str, kind: str, *, address: str = "site:photo", widths: tuple[int, ...] = PHOTO_WIDTHS
) -> str:
    addresses = ((reverse(address, args=[f"{stem}-{width}.{kind}"]), width) for width in widths)
    return ", ".join(f"{address} {width}w" for address, width in addresses)


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
