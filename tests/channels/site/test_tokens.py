"""Walks the contrast table of the design over the stylesheet as it was built, in all four schemes.

The table is binding: each pair keeps exactly the ratio that was measured when it was drawn.
"""

import re
from pathlib import Path

import pytest

from feldsher.channels.frontend import assets
from feldsher.channels.frontend.hue import contrast

SCHEMES = ("light", "dark", "contrast-light", "contrast-dark")
TEXT, FRAME = 4.5, 3.0
TABLE: dict[tuple[str, str], tuple[float, float, float, float]] = {
    ("ink", "paper"): (16.31, 15.71, 21, 21),
    ("ink", "sunken"): (14.85, 16.69, 21, 21),
    ("ink-2", "paper"): (8.04, 10.09, 21, 21),
    ("ink-2", "sunken"): (7.33, 10.72, 21, 21),
    ("ink-3", "paper"): (5.72, 7.09, 16.48, 16.83),
    ("ink-3", "sunken"): (5.21, 7.54, 16.48, 16.83),
    ("brand", "paper"): (7.07, 9.58, 12.30, 15.19),
    ("brand", "sunken"): (6.44, 10.18, 12.30, 15.19),
    ("on-brand", "brand"): (7.07, 8.69, 12.30, 15.19),
    ("on-brand", "brand-strong"): (10.31, 10.99, 21, 21),
    ("brand-strong", "paper"): (10.31, 12.12, 21, 21),
    ("tint-ink", "tint"): (8.11, 9.41, 12.30, 15.19),
    ("ink", "tint"): (13.95, 11.28, 21, 21),
    ("ink-2", "tint"): (6.88, 7.24, 21, 21),
    ("brand", "tint"): (6.05, 6.88, 12.30, 15.19),
    ("danger", "iodine-tint"): (6.64, 7.28, 11.44, 12.33),
    ("iodine", "paper"): (7.04, 10.24, 11.38, 14.75),
    ("iodine", "iodine-tint"): (6.27, 8.16, 11.38, 14.75),
    ("ink", "iodine-tint"): (14.51, 12.52, 21, 21),
    ("ink-2", "iodine-tint"): (7.16, 8.04, 21, 21),
    ("danger", "paper"): (7.47, 9.13, 11.44, 12.33),
    ("danger", "danger-tint"): (6.34, 7.56, 11.44, 12.33),
    ("ink", "danger-tint"): (13.85, 13.02, 21, 21),
    ("slate", "paper"): (9.00, 10.21, 13.10, 14.56),
    ("slate", "slate-tint"): (7.64, 8.12, 13.10, 14.56),
    ("ink", "slate-tint"): (13.85, 12.49, 21, 21),
    ("paper", "ink"): (16.31, 15.71, 21, 21),
    ("edge", "paper"): (3.88, 4.49, 21, 21),
    ("edge", "sunken"): (3.54, 4.77, 21, 21),
    ("iodine-line", "iodine-tint"): (3.37, 3.91, 11.38, 14.75),
    ("ink", "raised"): (16.31, 14.24, 21, 21),
    ("ink-2", "raised"): (8.04, 9.15, 21, 21),
    ("ink-3", "raised"): (5.72, 6.43, 16.48, 16.83),
    ("brand", "raised"): (7.07, 8.69, 12.30, 15.19),
    ("edge", "raised"): (3.88, 4.07, 21, 21),
    ("on-hero", "hero"): (10.31, 10.31, 21, 21),
    ("on-hero-2", "hero"): (7.85, 7.85, 21, 21),
    ("on-picked", "picked"): (16.31, 15.71, 21, 21),
}
FRAMES = {("edge", "paper"), ("edge", "sunken"), ("edge", "raised"), ("iodine-line", "iodine-tint")}


def _built() -> str:
    path = Path(assets.__file__).parent / "static" / "dist" / assets.asset("site.css").rpartition("/")[2]
    assert path.is_file(), "build the site first: npm run build"
    return path.read_text(encoding="utf-8")


def _colours(rules: str) -> dict[str, str]:
    found = re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})\b", rules)
    return {name: _long(value) for name, value in found}


def _long(value: str) -> str:
    return "#" + "".join(digit * 2 for digit in value[1:]) if len(value) == 4 else value


def _schemes(css: str) -> dict[str, dict[str, str]]:
    """Return the colours of each scheme as the visitor's choice sets them."""
    found = {}
    for scheme in SCHEMES:
        block = re.search(rf":root\[data-look=\"?{scheme}\"?\]\{{(color-scheme:[^}}]+)\}}", css)
        assert block is not None, scheme
        found[scheme] = _colours(block[1])
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_pair_has_the_ratio_of_the_table(scheme: str) -> None:
    colours = _schemes(_built())[scheme]
    column = SCHEMES.index(scheme)
    measured = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TABLE}
    assert measured == {pair: pytest.approx(row[column], abs=0.011) for pair, row in TABLE.items()}
    least = {pair: FRAME if pair in FRAMES else TEXT for pair in TABLE}
    assert [pair for pair, ratio in measured.items() if ratio < least[pair]] == []


def test_a_device_that_asks_gets_the_same_colours_as_a_visitor_who_chooses() -> None:
    css = _built()
    chosen = _schemes(css)
    assert _colours(css[css.index(":root{") :].split("}")[0]) == chosen["light"]
    asked = {
        "dark": r"@media ?\(prefers-color-scheme: ?dark\)",
        "contrast-light": r"@media ?\(prefers-contrast: ?more\)",
        "contrast-dark": r"@media ?\(prefers-contrast: ?more\) ?and \(prefers-color-scheme: ?dark\)",
    }
    for scheme, query in asked.items():
        block = re.search(rf"{query}\{{:root:not\(\[data-look\]\)\{{(color-scheme[^}}]+)\}}", css)
        assert block is not None, scheme
        assert _colours(block[1]) == chosen[scheme]


def test_no_colour_stands_outside_the_table_of_tokens() -> None:
    """But for the families of the paper cut-outs and the corridor's floor, which no scheme changes."""
    css = _built()
    rules = css[css.rindex(":root[data-look=contrast-dark]{color-scheme") :].partition("}")[2]
    rules = re.sub(r"\.family-\d\{[^}]*\}|var\(--door-frame,[^)]*\)", "", rules)
    assert re.findall(r"[:\s,](#[0-9a-f]{3,8})\b", rules) == []
