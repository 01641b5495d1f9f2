from dataclasses import replace
from uuid import UUID

import pytest

from channels.site.factory import doctor
from feldsher.channels.frontend.assets import asset, symbols
from feldsher.channels.site.portraits import Portrait, portrait_of

CARD = doctor(1, "Небывалова")
WOMEN, MEN = {"bob", "bun", "long", "cap"}, {"crop", "beard", "crop-specs", "beard-specs", "cap"}


def _heads(middle: str) -> set[str]:
    cards = [replace(CARD, id=UUID(int=number), middle=middle) for number in range(200)]
    return {portrait_of(card).head for card in cards}


@pytest.mark.parametrize(
    ("middle", "heads"),
    [
        ("Сергеевна", WOMEN),
        ("Ильинична", WOMEN),
        ("Ильич", MEN),
        ("Сергеевич", MEN),
        ("", {"cap"}),
        ("Ким", {"cap"}),
    ],
)
def test_a_head_is_chosen_within_the_sex_that_the_patronymic_tells(middle: str, heads: set[str]) -> None:
    assert _heads(middle) == heads


def test_a_doctor_keeps_the_same_portrait() -> None:
    assert portrait_of(CARD) == portrait_of(replace(CARD, family="Другая"))
    assert portrait_of(CARD) == Portrait(head=portrait_of(CARD).head, family=portrait_of(CARD).family)
    assert {portrait_of(replace(CARD, id=UUID(int=number))).family for number in range(50)} == {0, 1, 2, 3}


def test_every_head_is_drawn() -> None:
    assert asset("pictures.svg") != "/static/dist/pictures.svg", "build the site first: npm run build"
    assert set(symbols("pictures.svg", width=96)) == WOMEN | MEN
