"""A clinic's hue: the eight that the design was tried at, each pair of text above its minimum."""

import json
import re
from pathlib import Path

import pytest

from feldsher.channels.frontend import hue as module
from feldsher.channels.frontend.hue import (
    contrast,
    dark_tokens,
    faults,
    light_tokens,
    oklch_to_hex,
    preview,
    stylesheet,
)

TRIED = [25, 70, 110, 167, 200, 250, 300, 350]
INK_2 = {"light": "#43544C", "dark": "#B7C4BE"}
ON_BRAND = {"light": "#FFFFFF", "dark": "#04241B"}


@pytest.mark.parametrize("hue", TRIED)
def test_every_tried_hue_keeps_the_contrast_of_text(hue: int) -> None:
    light, dark = light_tokens(hue), dark_tokens(hue)
    assert contrast(ON_BRAND["light"], light["brand"]) >= 6.85
    assert contrast(ON_BRAND["dark"], dark["brand"]) >= 7.8
    assert contrast(light["tint-ink"], light["tint"]) >= 7.9
    assert contrast(dark["tint-ink"], dark["tint"]) >= 9.1
    assert contrast(INK_2["light"], light["tint"]) >= 6.75
    assert contrast(INK_2["dark"], dark["tint"]) >= 7.1
    assert contrast("#FFFFFF", light["hero"]) >= 7
    assert contrast(light["on-hero-2"], light["hero"]) >= 4.5


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_no_hue_at_all_falls_below_the_least(hue: int) -> None:
    light, dark = light_tokens(hue), dark_tokens(hue)
    assert contrast("#FFFFFF", light["brand"]) >= 4.5
    assert contrast("#F2F5F3", light["brand"]) >= 4.5
    assert contrast("#101714", dark["brand"]) >= 4.5
    assert contrast(light["brand"], light["tint"]) >= 4.5
    assert contrast(dark["brand"], dark["tint"]) >= 4.5


def test_known_colours_come_out_of_oklch() -> None:
    assert oklch_to_hex(1, 0, 0) == "#FFFFFF"
    assert oklch_to_hex(0, 0, 0) == "#000000"
    assert oklch_to_hex(0.5, 0, 0) == "#636363"
    assert oklch_to_hex(0.5, 0.4, 150) == oklch_to_hex(0.5, 0.3, 150)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


def test_the_stylesheet_leaves_the_contrast_schemes_alone() -> None:
    text = stylesheet(250)
    assert "contrast-light" not in text
    assert "not (prefers-contrast:more)" in text
    assert len(re.findall(r"--brand:#[0-9A-F]{6}", text)) == 4


def test_what_no_hue_changes_is_what_the_table_of_tokens_says() -> None:
    table = json.loads((Path(__file__).parents[3] / "frontend" / "tokens.json").read_text(encoding="utf-8"))
    for column, fixed, own in (
        (0, module._FIXED_LIGHT, module._OWN_LIGHT),
        (1, module._FIXED_DARK, module._OWN_DARK),
    ):
        known = {**fixed, **own}
        assert known == {name: table[name][column] for name in known}


def test_no_hue_of_the_circle_makes_a_pair_unreadable() -> None:
    assert [hue for hue in range(360) if faults(hue)] == []


def test_a_bad_palette_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module._LIGHT, "brand", (0.8, 0.1))
    monkeypatch.setitem(module._DARK, "tint-ink", (0.4, 0.05))
    found = faults(110)
    assert {(fault.scheme, fault.text, fault.ground) for fault in found} == {
        ("light", "brand", "paper"),
        ("light", "brand", "sunken"),
        ("light", "brand", "raised"),
        ("light", "brand", "tint"),
        ("light", "on-brand", "brand"),
        ("dark", "tint-ink", "tint"),
    }
    assert all(fault.ratio < 4.5 for fault in found)


@pytest.mark.parametrize("hue", [None, 0, 359])
def test_a_preview_has_every_colour_of_both_schemes(hue: int | None) -> None:
    light, dark = preview(hue).splitlines()
    for block, name in ((light, ".preview-light{"), (dark, ".preview-dark{")):
        assert block.startswith(name)
        for token in (
            "hero",
            "on-hero",
            "paper",
            "ink",
            "brand",
            "on-brand",
            "tint",
            "tint-line",
            "tint-ink",
        ):
            assert f"--{token}:#" in block
