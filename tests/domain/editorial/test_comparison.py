"""A technical edit: few words, and none that health may hang on."""

import json
from typing import Any

import pytest

from feldsher.domain.editorial.comparison import MOST_WORDS, digest, is_technical

TEXT = (
    "Капли закапывают по 2 капли 3 раза в день. Не применяйте их при аллергии. "
    "Курс десять дней, разовая доза 5 мг."
)


def saved(text: str = TEXT, key: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "title": "Капли",
        "lead": "Коротко.",
        "body": json.dumps([{"type": "text", "value": f"<p>{text}</p>", "id": key}]),
        "author": "1",
        "reviewer": "2",
        **more,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("закапывают", "закапывают в глаза"),
        ("аллергии.", "аллергии!"),
        ("применяйте их", "применяйте их сами"),
    ],
)
def test_a_trifle_is_technical(old: str, new: str) -> None:
    assert is_technical(saved(), after=saved(TEXT.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2 капли", "3 капли"),
        ("по 2", "по"),
        ("5 мг", "5 г"),
        ("5 мг", "5 мкг"),
        ("5 мг", "0,5 мг"),
        ("десять", "двадцать"),
        ("Не применяйте", "Применяйте"),
        ("3 раза в день", "3 раза в неделю"),
        ("разовая доза", "суточная доза"),
        ("дней", "недель"),
        ("при аллергии", "после аллергии"),
        ("применяйте", "отмените"),
    ],
)
def test_what_health_may_hang_on_is_not(old: str, new: str) -> None:
    assert not is_technical(saved(), after=saved(TEXT.replace(old, new)))


def test_many_words_are_not() -> None:
    few, many = " ".join(["слово"] * MOST_WORDS), " ".join(["слово"] * (MOST_WORDS + 1))
    assert is_technical(saved(), after=saved(f"{TEXT} {few}"))
    assert not is_technical(saved(), after=saved(f"{TEXT} {many}"))


@pytest.mark.parametrize("field", ["author", "reviewer"])
def test_another_doctor_is_not(field: str) -> None:
    assert not is_technical(saved(), after=saved(**{field: "9"}))


def test_another_link_picture_or_block_is_not() -> None:
    assert not is_technical(saved(), after=saved(f'{TEXT} <a href="https://example.org/">тут</a>'))
    picture = json.dumps([{"type": "picture", "value": {"image": 1, "alt": "Глаз", "caption": ""}}])
    other = picture.replace('"image": 1', '"image": 2')
    assert not is_technical(saved(body=picture), after=saved(body=other))
    assert not is_technical(saved(), after=saved(body="[]"))


def test_the_digest_is_that_of_the_text_and_not_of_the_editor_s_ids() -> None:
    assert digest(saved()) == digest(saved(key="b"))
    assert digest(saved()) != digest(saved(f"{TEXT} Да."))
    assert digest(saved()) != digest(saved(reviewer="9"))
