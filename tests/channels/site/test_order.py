"""Which order an address names."""

import pytest

from feldsher.channels.site.order import sort_of
from feldsher.domain.scheduling.types import Sort


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("", Sort.TIME),
        ("time", Sort.TIME),
        ("price", Sort.PRICE),
        ("distance", Sort.DISTANCE),
        ("PRICE", Sort.TIME),
    ],
)
def test_an_unknown_order_is_by_time(text: str, sort: Sort) -> None:
    assert sort_of(text) is sort
