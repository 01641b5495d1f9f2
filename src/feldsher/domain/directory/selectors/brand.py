"""The network's name, colour and logo, for the frame of every page."""

from feldsher.domain.directory.models import Brand
from feldsher.domain.directory.types import BrandCard, LogoFile, LogoType
from feldsher.kernel.errors import NotFoundError

_ADDRESS = 24
"""Hexadecimal digits of the digest that stand in the logo's address."""


def brand() -> BrandCard:
    """Return the brand, an empty one where nobody has saved any; one query, which leaves the logo's bytes."""
    row = Brand.objects.values_list("name", "hue", "logo_digest", "logo_type").first()
    if row is None:
        return BrandCard()
    name, hue, digest, kind = row
    return BrandCard(name, hue, f"{digest[:_ADDRESS]}.{kind}" if kind else "", is_saved=True)


def logo(name: str) -> LogoFile:
    """Return the logo by its file's name; NotFoundError for any but the present one."""
    row = Brand.objects.first()
    if row is None or row.logo is None or name != f"{row.logo_digest[:_ADDRESS]}.{row.logo_type}":
        raise NotFoundError("no such logo")
    return LogoFile(bytes(row.logo), LogoType(row.logo_type))
