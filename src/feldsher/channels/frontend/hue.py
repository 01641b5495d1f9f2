"""A clinic's own colour: from a hue to the tokens of its brand, computed in OKLCH.

Lightness and chroma are fixed for each token, so that any hue keeps the contrasts of the design; chroma is
reduced until the colour can be shown (sRGB). Iodine, danger and slate are not the clinic's to change.
Formulas: Björn Ottosson, «A perceptual color space for image processing» (OKLab); WCAG 2.2 (luminance).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

_LIGHT = {
    "brand": (0.455, 0.14),
    "brand-strong": (0.365, 0.11),
    "hero": (0.365, 0.11),
    "on-hero-2": (0.9, 0.03),
    "tint": (0.945, 0.022),
    "tint-line": (0.85, 0.05),
    "tint-ink": (0.39, 0.12),
    "door": (0.52, 0.1),
    "door-panel": (0.43, 0.09),
    "door-frame": (0.3, 0.07),
    "pale": (0.87, 0.04),
}
_DARK = {
    "brand": (0.78, 0.11),
    "brand-strong": (0.86, 0.09),
    "tint": (0.31, 0.05),
    "tint-line": (0.46, 0.07),
    "tint-ink": (0.88, 0.07),
}
_FIXED_LIGHT = {
    "paper": "#FFFFFF",
    "sunken": "#F2F5F3",
    "raised": "#FFFFFF",
    "ink": "#14231D",
    "ink-2": "#43544C",
    "line": "#D6DED9",
    "edge": "#75857D",
    "on-brand": "#FFFFFF",
    "on-hero": "#FFFFFF",
}
_FIXED_DARK = {
    "paper": "#101714",
    "sunken": "#0A0F0D",
    "raised": "#18211D",
    "ink": "#E9F0EC",
    "ink-2": "#B7C4BE",
    "line": "#2B3832",
    "edge": "#72827A",
    "on-brand": "#04241B",
    "on-hero": "#FFFFFF",
}
"""What no hue changes, as `frontend/tokens.json` has it (a test compares): the other half of the pairs."""
_OWN_LIGHT = {
    "brand": "#00654D",
    "brand-strong": "#004A38",
    "hero": "#004A38",
    "on-hero-2": "#CFE6DB",
    "tint": "#E1F1E9",
    "tint-line": "#B4D8C8",
    "tint-ink": "#00503D",
}
_OWN_DARK = {
    "brand": "#63CFAE",
    "brand-strong": "#8FE3C8",
    "tint": "#12372C",
    "tint-line": "#2B6652",
    "tint-ink": "#A8E8D2",
}
"""The product's own brand, from the same table: what a clinic has that chose no hue."""
_PAIRS = (
    ("brand", "paper"),
    ("brand", "sunken"),
    ("brand", "raised"),
    ("brand", "tint"),
    ("brand-strong", "paper"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("tint-ink", "tint"),
    ("ink", "tint"),
    ("ink-2", "tint"),
    ("on-hero", "hero"),
    ("on-hero-2", "hero"),
)
"""Text and its ground, of the contrast table: those that a hue changes."""
LEAST = 4.5
_STEP = 0.001
_HALF = 0.5 + 1e-6
"""Half of the width of sRGB, with an allowance for rounding."""
Rgb = tuple[float, float, float]


def oklch_to_hex(lightness: float, chroma: float, hue: float) -> str:
    """Return `#RRGGBB`, with as much of the chroma (0…0.4) as sRGB can show; `hue` is in degrees."""
    while chroma > 0 and not _is_shown(_linear(lightness, chroma, hue)):
        chroma -= _STEP
    channels = [_encode(min(max(channel, 0.0), 1.0)) for channel in _linear(lightness, max(chroma, 0), hue)]
    return "#" + "".join(f"{round(channel * 255):02X}" for channel in channels)


def _is_shown(colour: Rgb) -> bool:
    return all(abs(channel - 0.5) <= _HALF for channel in colour)


def _linear(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encode(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055  # noqa: PLR2004 - sRGB


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours (`#RRGGBB`), 1…21, as WCAG 2.2 counts it."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_decode(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _decode(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


def light_tokens(hue: float) -> dict[str, str]:
    return {name: oklch_to_hex(*values, hue) for name, values in _LIGHT.items()}


def dark_tokens(hue: float) -> dict[str, str]:
    return {name: oklch_to_hex(*values, hue) for name, values in _DARK.items()}


@dataclass(frozen=True, slots=True)
class Fault:
    """A pair of text and ground that nobody could read: below 4.5."""

    scheme: str
    text: str
    ground: str
    ratio: float


def faults(hue: float) -> tuple[Fault, ...]:
    """Return the pairs that a hue would make unreadable; with the lightnesses of today there are none."""
    found = []
    light = {**_FIXED_LIGHT, **light_tokens(hue)}
    dark = {**light, **_FIXED_DARK, **dark_tokens(hue)}
    for scheme, colours in (("light", light), ("dark", dark)):
        for text, ground in _PAIRS:
            ratio = contrast(colours[text], colours[ground])
            if ratio < LEAST:
                found.append(Fault(scheme, text, ground, ratio))
    return tuple(found)


def preview(hue: float | None) -> str:
    """Return the rules that show a hue (None: the product's own) in `.preview-light` and `.preview-dark`."""
    light = _OWN_LIGHT if hue is None else light_tokens(hue)
    dark = _OWN_DARK if hue is None else dark_tokens(hue)
    return (
        f".preview-light{{{_rules({**_FIXED_LIGHT, **light})}}}\n"
        f".preview-dark{{{_rules({**light, **_FIXED_DARK, **dark})}}}\n"
    )


def stylesheet(hue: float) -> str:
    """Return the rules that lay a clinic's colour over the two usual schemes; contrast ones stay."""
    light, dark = _rules(light_tokens(hue)), _rules(dark_tokens(hue))
    return (
        f":root{{{light}}}\n:root[data-look=light]{{{light}}}\n"
        f"@media (prefers-color-scheme:dark) and (not (prefers-contrast:more))"
        f"{{:root:not([data-look]){{{dark}}}}}\n:root[data-look=dark]{{{dark}}}\n"
    )


def _rules(tokens: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in tokens.items())
