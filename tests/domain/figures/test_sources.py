"""What a stranger says of where they come from: cleaned, bounded, and never a person's."""

import pytest

from feldsher.domain.figures.services import from_referrer, from_utm, from_widget
from feldsher.domain.figures.sources import clean_host, clean_text
from feldsher.domain.figures.types import UNKNOWN, Source, SourceKind


def test_labels_of_utm_are_kept_in_lower_case() -> None:
    labels = {"utm_source": " Yandex ", "utm_medium": "CPC", "utm_campaign": "Осень 2026 / глаза"}
    assert from_utm(labels) == Source(SourceKind.UTM, "yandex", "cpc", "осень-2026-/-глаза")


@pytest.mark.parametrize(
    "text",
    [
        "ivan@mail.ru",
        "ivan%40mail.ru",
        "+7 921 000-00-17",
        "89210000017",
        "id 89210000017 x",
        "\x00",
        "<>'\"",
    ],
)
def test_what_may_be_a_persons_own_is_dropped_whole(text: str) -> None:
    assert clean_text(text) == ""


def test_a_label_is_bounded() -> None:
    assert clean_text("ы" * 5000) == "ы" * 60
    assert clean_text("=cmd|'/c calc'!A0") == "cmd-/c-calc-a0"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("www.Yandex.RU", "yandex.ru"),
        ("клиника.рф.", "клиника.рф"),
        ("127.0.0.1", ""),
        ("localhost", ""),
        ("a b.ru", ""),
        ("x" * 70 + ".ru", ""),
        ("evil.ru/path?phone=1", ""),
    ],
)
def test_a_host_is_a_name_of_a_site(text: str, host: str) -> None:
    assert clean_host(text) == host


def test_who_says_nothing_comes_from_nowhere_in_particular() -> None:
    assert from_utm({}) == from_utm({"utm_medium": "cpc"}) == from_referrer("") == from_widget("?") == UNKNOWN
    assert from_utm({"utm_referrer": "yandex.ru"}) == Source(SourceKind.REFERRER, "yandex.ru")
    assert from_widget("partner.example") == Source(SourceKind.WIDGET, "partner.example")
