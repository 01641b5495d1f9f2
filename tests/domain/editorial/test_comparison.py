"""A technical edit: the same words and figures in the same order."""

import json
from typing import Any

import pytest

from feldsher.domain.editorial.comparison import digest, is_technical, texts

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
        ("аллергии.", "аллергии!"),
        ("дней, разовая", "дней: разовая"),
        ("Курс", "«курс»"),
        ("5 мг", "5\u00a0мг"),
        ("Не применяйте", "<b>Не</b> применяйте"),
        ("применяйте их", "применяйтё их"),
    ],
)
def test_a_trifle_is_technical(old: str, new: str) -> None:
    assert is_technical(saved(), after=saved(TEXT.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2 капли", "3 капли"),
        ("закапывают", "закапывают в глаза"),
        ("закапывают", "закапывают,—"),
        ("применяйте их", "применяйте их сами"),
        ("аллергии", "аллергий"),
        ("5 мг", "5 % мг"),
        ("5 мг", "0, 5 мг"),
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


@pytest.mark.parametrize(("old", "new"), [("полезен", "вреден"), ("кодеин", "кофеин"), ("10–20", "10 20")])
def test_a_word_in_place_of_another_is_not(old: str, new: str) -> None:
    assert not is_technical(saved(old), after=saved(new))


def test_only_a_block_of_text_has_markup() -> None:
    """«<5 мг» of a heading was read as a tag: what followed was neither compared nor found."""
    low, high = (
        saved(body=json.dumps([{"type": "heading", "value": f"При дозе <{figure} мг"}])) for figure in (5, 7)
    )
    assert texts(low)[-1] == "При дозе <5 мг"
    assert not is_technical(low, after=high)


@pytest.mark.parametrize("field", ["author", "reviewer"])
def test_another_doctor_is_not(field: str) -> None:
    assert not is_technical(saved(), after=saved(**{field: "9"}))


def test_another_link_picture_or_block_is_not() -> None:
    assert not is_technical(saved(), after=saved(f'{TEXT} <a href="https://example.org/">тут</a>'))
    picture = json.dumps([{"type": "picture", "value": {"image": 1, "alt": "Глаз", "caption": ""}}])
    other = picture.replace('"image": 1', '"image": 2')
    assert not is_technical(saved(body=picture), after=saved(body=other))
    assert not is_technical(saved(), after=saved(body="[]"))
    table, moved = (
        saved(body=json.dumps([{"type": "table", "value": {"caption": "Дозы", "text": text}}]))
        for text in ("Возраст | Капли\nДети | одна", "Возраст | Капли Дети | одна")
    )
    assert not is_technical(table, after=moved), "a row of a table is one"


def test_the_digest_is_that_of_the_text_and_not_of_the_editor_s_ids() -> None:
    assert digest(saved()) == digest(saved(key="b"))
    assert digest(saved()) != digest(saved(f"{TEXT} Да."))
    assert digest(saved()) != digest(saved(reviewer="9"))
