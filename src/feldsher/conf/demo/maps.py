"""Invented maps of a demo's branches: streets, a river and a pin, drawn anew for each branch by its id."""

import io
from itertools import pairwise
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from feldsher.domain.directory import selectors as catalogue
from feldsher.domain.directory import services as directory

_SIZE: Final = (1188, 594)
_YARD: Final = 70
_GROUND, _STREET, _HOUSE, _RIVER, _PIN = "#eef3ef", "#ffffff", "#d9e3dc", "#bcd9e6", "#b3261e"


def draw_demo_maps() -> int:
    """Give each branch that has none a picture of its map; returns how many were drawn."""
    bare = [place for place in catalogue.locations() if catalogue.branch_map(place.id) is None]
    for place in bare:
        directory.save_branch_map(place.id, content=_drawn(Random(place.id.int)), author="demo")  # noqa: S311 - a drawing
    return len(bare)


def _drawn(chance: Random) -> bytes:
    width, height = _SIZE
    picture = Image.new("RGB", _SIZE, _GROUND)
    pen = ImageDraw.Draw(picture)
    down = chance.randrange(60, height // 3)
    pen.line([(0, down), (width // 2, down + 90), (width, down + 20)], fill=_RIVER, width=64)
    across = sorted(chance.sample(range(80, width, 120), 6))
    along = sorted(chance.sample(range(260, height, 90), 3))
    for left, right in pairwise([0, *across, width]):
        for top, bottom in pairwise([*along, height]):
            if right - left > _YARD and bottom - top > _YARD:
                pen.rectangle((left + 34, top + 30, right - 34, bottom - 26), fill=_HOUSE)
    for x in across:
        pen.line([(x, 0), (x, height)], fill=_STREET, width=24)
    for y in along:
        pen.line([(0, y), (width, y)], fill=_STREET, width=30)
    x, y = across[2], along[1]
    pen.ellipse((x - 26, y - 76, x + 26, y - 24), fill=_PIN)
    pen.polygon([(x - 22, y - 40), (x + 22, y - 40), (x, y)], fill=_PIN)
    pen.ellipse((x - 9, y - 59, x + 9, y - 41), fill=_STREET)
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()
