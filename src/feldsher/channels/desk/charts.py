"""Shapes of charts as numbers for SVG, drawn by `desk/_bars.html` and `desk/_lines.html` without a style."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 40.0
"""Units of a line chart from ground to top; it is 100 wide."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of `width` percent of its place, with `value` and `note` in words. `css` names its ink."""

    label: str
    value: str
    width: str
    css: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: `points` as SVG wants them."""

    label: str
    points: str
    css: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one ground; `top` is the value of the upper edge."""

    lines: tuple[Line, ...]
    top: str
    first: str
    last: str


def width(value: float, *, of: float) -> str:
    """Return how many percent of a whole a bar is wide, for an attribute of SVG."""
    return f"{min(100.0, 100 * value / of):.2f}" if of > 0 else "0"


def points(values: Sequence[int], *, top: int) -> str:
    """Return a line through values that stand at equal distances; one alone is drawn from edge to edge."""
    shown = values if len(values) > 1 else [*values, *values]
    step = 100 / max(1, len(shown) - 1)
    return " ".join(
        f"{index * step:.2f},{HEIGHT - HEIGHT * value / max(1, top):.2f}" for index, value in enumerate(shown)
    )


def chart(series: Sequence[tuple[str, str, Sequence[int]]], *, first: str, last: str) -> Chart | None:
    """Return a chart of (label, css, values), None where all of them are zero."""
    top = round_up(max((value for _, _, values in series for value in values), default=0))
    if top == 0:
        return None
    lines = tuple(Line(label, points(values, top=top), css) for label, css, values in series)
    return Chart(lines, f"{top:,}".replace(",", "\u00a0"), first, last)


def round_up(value: int) -> int:
    """Return the least number of one, two or five and zeros that is not below the value."""
    unit = 1
    while value > 0:
        for step in (1, 2, 5):
            if value <= step * unit:
                return step * unit
        unit *= 10
    return 0
