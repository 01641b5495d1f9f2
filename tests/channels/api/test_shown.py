"""What answers of the API tell the figures: times shown, searches in vain, where a hold came from."""

from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.test import Client

from channels.api.factory import KEY, Call, held, open_slot
from channels.api.test_find import TIMES
from feldsher.channels.api import shown
from feldsher.domain.figures.services import from_referrer, from_utm, from_widget
from feldsher.domain.figures.types import UNKNOWN, Search, Source, SourceKind, Wanted
from feldsher.domain.scheduling.types import OpenTimes

Put = Callable[..., Any]
SLOTS = f"/api/v1/slots?practitioner={KEY.practitioner_id}"
EMPTY = OpenTimes(as_of=None, is_fresh=False, days=(), etag="e")
PAIR = (KEY.location_id, KEY.practitioner_id)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    double = MagicMock(from_utm=from_utm, from_widget=from_widget, from_referrer=from_referrer)
    monkeypatch.setattr(shown, "figures", double)
    return double


def test_times_that_were_answered_are_seen_once(client: Client, answers: Put, told: MagicMock) -> None:
    answers("selectors", "open_times", TIMES)
    tag = client.get(SLOTS).headers["ETag"]
    told.note_shown.assert_called_once_with({PAIR}, channel="api", source=UNKNOWN)
    assert client.get(SLOTS, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert client.get(SLOTS, HTTP_IF_NONE_MATCH='"older"').status_code == 200
    assert told.note_shown.call_count == 1


def test_an_answer_without_times_is_a_search_in_vain(client: Client, answers: Put, told: MagicMock) -> None:
    answers("selectors", "open_times", EMPTY)
    client.get(SLOTS)
    told.note_empty.assert_called_once_with(
        Search(Wanted.DOCTOR, str(KEY.practitioner_id)), channel="api", source=UNKNOWN
    )


def test_a_list_of_doctors_is_seen_and_its_later_pages_are_no_search(
    client: Client, answers: Put, told: MagicMock
) -> None:
    answers("directory", "practitioners", ((), None))
    answers("selectors", "visit_rules", ())
    times = answers("selectors", "next_times", {KEY.practitioner_id: (open_slot(),)})
    client.get("/api/v1/practitioners?specialty=terapevt")
    told.note_shown.assert_called_once_with([PAIR], channel="api", source=UNKNOWN)
    times.return_value = {}
    client.get("/api/v1/practitioners?specialty=terapevt&after=x")
    told.note_empty.assert_not_called()
    client.get("/api/v1/practitioners?specialty=terapevt")
    assert told.note_empty.call_args.args == (Search(Wanted.SPECIALTY, "terapevt"),)


@pytest.mark.parametrize(
    ("channel", "said", "headers", "source"),
    [
        ("widget", {"host": "Partner.example"}, {}, Source(SourceKind.WIDGET, "partner.example")),
        (
            "widget",
            None,
            {"Origin": "https://partner.example"},
            Source(SourceKind.WIDGET, "partner.example"),
        ),
        ("widget", {"utm_source": "VK"}, {}, Source(SourceKind.UTM, "vk")),
        ("mobile", {"host": "partner.example"}, {}, UNKNOWN),
        ("mobile", {"utm_source": "ivan@mail.ru"}, {}, UNKNOWN),
        ("mobile", None, {"Origin": "https://partner.example"}, UNKNOWN),
    ],
)
def test_where_a_hold_came_from_is_told(
    answers: Put, told: MagicMock, channel: str, said: Any, headers: dict[str, str], source: Source
) -> None:
    answers("services", "hold", held())
    answers("selectors", "needs_birth_date", outcome=False)
    body = {"slot": "token", "channel": channel, **({"source": said} if said else {})}
    assert Call("POST", "/holds", body=body, headers=headers).send().status_code == 201
    told.note_hold.assert_called_once_with(held().id, source=source)
