"""A doctor's photograph: what may be one, told by its content, and the renditions that pages show.

The file that came is not kept: it is decoded within bounds, turned as its camera says, brought to sRGB, cut
to the frame from its top (a head-and-shoulders snapshot ends at the collarbone there), and coded anew. So
nothing of the file's metadata (place, camera, owner) or of what may hide behind its end is served.
"""

import io
import warnings
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from feldsher.domain.directory.types.profile import (
    FEED_WIDTH,
    PHOTO_RATIO,
    PHOTO_WIDTHS,
    PhotoFrame,
    PhotoType,
    photo_height,
)

MOST_BYTES: Final = 8 * 1024 * 1024
_SIDE: Final = 8000
_POINTS: Final = 40_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MAY_MOVE: Final = ("PNG", "WEBP")
"""A JPEG of a phone may carry a second picture (MPF: a preview, a depth map): its first is the snapshot."""
_SHARES: Final = {PhotoFrame.WHOLE: 1.0, PhotoFrame.CLOSER: 0.75, PhotoFrame.CLOSEST: 0.5}
_CODING: Final[dict[PhotoType, dict[str, Any]]] = {
    PhotoType.AVIF: {"quality": 60, "speed": 6},
    PhotoType.WEBP: {"quality": 80, "method": 6},
    PhotoType.JPEG: {"quality": 85, "optimize": True},
}

_TOO_LARGE: Final = "Файл больше 8 МБ. Сохраните снимок поменьше и выберите его ещё раз."
_UNKNOWN: Final = "Нужна картинка JPEG, PNG или WebP. Этот файл — что-то другое или повреждён."
_MOVING: Final = "Это движущаяся картинка. Нужна неподвижная."
_TOO_DEEP: Final = "В\u00a0снимке больше 8 бит на\u00a0точку. Сохраните его как JPEG и\u00a0выберите ещё раз."
_TOO_WIDE: Final = f"Снимок больше {_SIDE} точек по стороне или 40 мегапикселей. Уменьшите его."
_TOO_SMALL: Final = (
    f"Снимок мал: в кадр должно попасть не меньше {FEED_WIDTH} × {photo_height(FEED_WIDTH)} точек. "
    "Возьмите снимок крупнее или кадр шире."
)
_BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
"""What Pillow raises for hostile and damaged files."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """The photograph in one size and coding; `width` in points."""

    width: int
    type: PhotoType
    content: bytes


def renditions(content: bytes, *, frame: PhotoFrame) -> tuple[Rendition, ...]:
    """Return what pages and feeds show; ValueError with a Russian sentence for what is no such photograph."""
    framed = _framed(decoded(content), frame)
    made = []
    for width in PHOTO_WIDTHS:
        scaled = framed.resize((width, photo_height(width)), Image.Resampling.LANCZOS)
        types = [PhotoType.AVIF, PhotoType.WEBP] + ([PhotoType.JPEG] if width == FEED_WIDTH else [])
        made += [Rendition(width, each, coded(scaled, each)) for each in types]
    return tuple(made)


def decoded(content: bytes) -> Image.Image:
    """Return the snapshot upright, in sRGB, on white where it was transparent, and without its metadata.

    ValueError with a Russian sentence for what is no picture or too large a one.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(_TOO_LARGE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # measured below, before decoding
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (UnidentifiedImageError, *_BROKEN):
        raise ValueError(_UNKNOWN) from None
    if image.format in _MAY_MOVE and getattr(image, "n_frames", 1) > 1:
        raise ValueError(_MOVING)
    if image.mode.startswith(("I", "F")):
        raise ValueError(_TOO_DEEP)
    if max(image.size) > _SIDE or image.width * image.height > _POINTS:
        raise ValueError(_TOO_WIDE)
    try:
        image.load()
        upright = _in_srgb(ImageOps.exif_transpose(image))
    except _BROKEN:
        raise ValueError(_UNKNOWN) from None
    clean = Image.new("RGB", upright.size, "white")
    is_clear = "A" in upright.mode or "transparency" in upright.info
    layer = upright.convert("RGBA") if is_clear else upright.convert("RGB")
    clean.paste(layer, mask=layer if is_clear else None)
    return clean


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the colours of the file's profile in sRGB; as they are where the profile can't be read."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "L", "CMYK"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _framed(image: Image.Image, frame: PhotoFrame) -> Image.Image:
    """Cut the frame out of the middle of the snapshot's width, from its top."""
    across, down = PHOTO_RATIO
    width = min(image.width * _SHARES[frame], image.height * across / down)
    height = width * down / across
    if width < FEED_WIDTH or height < photo_height(FEED_WIDTH):
        raise ValueError(_TOO_SMALL)
    left = round((image.width - width) / 2)
    return image.crop((left, 0, left + round(width), round(height)))


def coded(image: Image.Image, kind: PhotoType) -> bytes:
    """Return the file of a picture."""
    out = io.BytesIO()
    image.save(out, format=kind.name, **_CODING[kind])
    return out.getvalue()
