"""The network's name, colour and logo, for the frame of every page."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from feldsher.domain.directory.models import Brand
from feldsher.domain.directory.types.brand import BrandCard, Counters, LogoFile, LogoType, MenuEntry, Menus
from feldsher.domain.directory.types.listings import ListingText, default_texts
from feldsher.foundation.modules import has_booking
from feldsher.kernel.errors import NotFoundError

_COUNTERS = ("metrika", "mail_ru", "yandex_code", "google_code")
_ADDRESS = 24
"""Hexadecimal digits of the digest that stand in the logo's address."""


def brand() -> BrandCard:
    """Return the brand, an empty one where nobody has saved any; one query, which leaves the logo's bytes."""
    columns = ("name", "hue", "logo_digest", "logo_type", "listing_texts", "menus", *_COUNTERS)
    row = Brand.objects.values_list(*columns).first()
    if row is None:
        return BrandCard(texts=default_texts(is_booked=has_booking()))
    name, hue, digest, kind, texts, menus, *numbers = row
    file = f"{digest[:_ADDRESS]}.{kind}" if kind else ""
    return BrandCard(
        name,
        hue,
        file,
        is_saved=True,
        texts=_texts(texts),
        counters=Counters(*numbers),
        menus=Menus(**{place: _entries(links) for place, links in menus.items()}),
    )


def _entries(links: Sequence[Sequence[str]]) -> tuple[MenuEntry, ...]:
    return tuple(MenuEntry(*link) for link in links)


def _texts(said: Mapping[str, Mapping[str, str]]) -> tuple[ListingText, ...]:
    """Return the templates of each kind of listing pages: what was saved over our own."""
    ours = default_texts(is_booked=has_booking())
    kinds = {text.kind: said.get(text.kind.value, {}) for text in ours}
    return tuple(
        ListingText(
            text.kind,
            kinds[text.kind].get("title", text.title),
            kinds[text.kind].get("heading", text.heading),
        )
        for text in ours
    )


def counters_said() -> tuple[str, datetime | None]:
    """Return who changed the counters last (a login) and when; empty and None where nobody did."""
    row = Brand.objects.values_list("counters_author", "counters_at").first()
    return row or ("", None)


def logo(name: str) -> LogoFile:
    """Return the logo by its file's name; NotFoundError for any but the present one."""
    row = Brand.objects.first()
    if row is None or row.logo is None or name != f"{row.logo_digest[:_ADDRESS]}.{row.logo_type}":
        raise NotFoundError("no such logo")
    return LogoFile(bytes(row.logo), LogoType(row.logo_type))
