"""The picture of a branch's map: decoded like a photograph, scaled and coded anew, not cut."""

from typing import Final

from PIL import Image

from feldsher.domain.directory.photo import Rendition, coded, decoded
from feldsher.domain.directory.types.branch_map import MAP_WIDTHS
from feldsher.domain.directory.types.profile import PhotoType

_TALLEST, _LOWEST = 1.5, 0.25
"""Height by width: what stands on a page beside its words."""
_TOO_SMALL: Final = f"Картинка мала: нужно не меньше {MAP_WIDTHS[-1]} точек в\u00a0ширину."
_ODD: Final = "Картинка слишком вытянута: нужна высота от\u00a0четверти ширины до\u00a0полутора."


def map_renditions(content: bytes) -> tuple[int, tuple[Rendition, ...]]:
    """Return the height of the widest and the files; ValueError with a Russian sentence if it can't be."""
    picture = decoded(content)
    ratio = picture.height / picture.width
    if picture.width < MAP_WIDTHS[-1]:
        raise ValueError(_TOO_SMALL)
    if not _LOWEST <= ratio <= _TALLEST:
        raise ValueError(_ODD)
    made = []
    for width in MAP_WIDTHS:
        scaled = picture.resize((width, round(width * ratio)), Image.Resampling.LANCZOS)
        made += [Rendition(width, kind, coded(scaled, kind)) for kind in (PhotoType.AVIF, PhotoType.WEBP)]
    return round(MAP_WIDTHS[-1] * ratio), tuple(made)
