"""The site's icon among a phone's programs, as PNG: the clinic's logo on paper, else our mark in its colour.

A logo in SVG can't be drawn here: the mark stands for it. Phones cut the corners of `maskable` and of iOS's
`touch` icons themselves: those are full to the edge, and what they show, a square's corners too, stays within
the circle of four fifths in the middle (W3C, Web App Manifest, «icon masks»).
"""

from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

from feldsher.channels.frontend.hue import light_tokens
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types.brand import BrandCard
from feldsher.kernel.errors import NotFoundError

BRAND: Final = "#00654D"
_PAPER = "#FFFFFF"
_FINE = 4
"""Drawn so many times larger and made small: Pillow draws without smoothing."""
_UNITS = 32
_STROKE = 2.75
_ARCHES = ((7.5, 15.0), (2.5, 15.5))
"""The mark of `favicon.svg` in its 32 units: radius and centre's height of each arch; both stand on 24."""


class Form(StrEnum):
    """Where an icon is shown; the value is a part of its address."""

    SMALL = "192"
    LARGE = "512"
    MASKABLE = "maskable"
    TOUCH = "touch"

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return {Form.SMALL: 192, Form.TOUCH: 180}.get(self, 512)

    @property
    def is_full(self) -> bool:
        return self in {Form.MASKABLE, Form.TOUCH}


def icon_name(brand: BrandCard, form: Form) -> str:
    """Return the file's name; another logo or colour has another one."""
    own = (
        brand.logo.partition(".")[0] if _is_drawn(brand) else f"mark{'' if brand.hue is None else brand.hue}"
    )
    return f"{own}-{form}.png"


def colour_of(brand: BrandCard) -> str:
    """Return the clinic's colour as `#rrggbb`."""
    return BRAND if brand.hue is None else light_tokens(brand.hue)["brand"]


def icon(name: str) -> bytes:
    """Return the icon of that name; NotFoundError for any but the present ones."""
    brand = directory.brand()
    form = next((form for form in Form if name == icon_name(brand, form)), None)
    if form is None:
        raise NotFoundError("no such icon")
    return icon_of(form, brand=brand)


def icon_of(form: Form, *, brand: BrandCard) -> bytes:
    """Return the brand's icon in a form: a PNG."""
    return _drawn(form, colour_of(brand), directory.logo(brand.logo).content if _is_drawn(brand) else b"")


def _is_drawn(brand: BrandCard) -> bool:
    return brand.logo.endswith((".png", ".webp"))


@lru_cache(maxsize=8)
def _drawn(form: Form, colour: str, logo: bytes) -> bytes:
    out = BytesIO()
    (_with_logo(form, logo) if logo else _mark(form, colour)).save(out, "PNG", optimize=True)
    return out.getvalue()


def _with_logo(form: Form, logo: bytes) -> Image.Image:
    size = form.size
    side = size * 9 // 16 if form.is_full else size * 7 // 8
    paper = Image.new("RGBA", (size, size), _PAPER)
    with Image.open(BytesIO(logo)) as file:
        drawn = file.convert("RGBA")
    scale = side / max(drawn.size)
    drawn = drawn.resize((max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale))))
    paper.alpha_composite(drawn, ((size - drawn.width) // 2, (size - drawn.height) // 2))
    return paper


def _mark(form: Form, colour: str) -> Image.Image:
    side = form.size * _FINE
    image = Image.new("RGBA", (side, side), colour if form.is_full else (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    if not form.is_full:
        pen.rounded_rectangle((0, 0, side - 1, side - 1), radius=side // 4, fill=colour)
    unit = side / _UNITS
    half = _STROKE / 2
    for radius, centre in _ARCHES:
        outer = (16 - radius - half, centre - radius - half, 16 + radius + half, centre + radius + half)
        pen.arc([part * unit for part in outer], 180, 360, fill=_PAPER, width=round(_STROKE * unit))
        for post in (16 - radius, 16 + radius):
            box = ((post - half) * unit, (centre - 0.1) * unit, (post + half) * unit - 1, 24 * unit)
            pen.rectangle(box, fill=_PAPER)
    return image.resize((form.size, form.size), Image.Resampling.LANCZOS)
