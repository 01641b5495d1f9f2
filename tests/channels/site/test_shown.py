"""What the pages of the site tell the figures: times that a person saw, a search in vain, and from where."""

from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock
from uuid import UUID

import pytest
from django.test import Client

from channels.site.factory import (
    FORM_KEY,
    MOSCOW_BRANCH,
    SERVICE,
    URAL_BRANCH,
    branch,
    doctor,
    held,
    put_list,
    slot,
    ural,
)
from feldsher.channels.site import shown
from feldsher.channels.site.views import booking
from feldsher.domain.figures.types import UNKNOWN, Search, Source, SourceKind, Wanted
from feldsher.domain.scheduling.types import OpenTimes

CARD = doctor(1, "Небывалова")
DOCTOR = f"/doctors/{CARD.id}/"
PERSON = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}
PAIR = (MOSCOW_BRANCH, CARD.id)
YANDEX = Source(SourceKind.UTM, "yandex", "cpc", "autumn")
LABELS = "utm_source=Yandex&utm_medium=CPC&utm_campaign=autumn"
Put = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    double = MagicMock()
    monkeypatch.setattr(shown, "figures", double)
    monkeypatch.setattr(booking, "figures", double)
    return double


@pytest.mark.parametrize("address", ["/", "/doctors/", "/doctors/?specialty=terapevt", DOCTOR])
def test_a_page_with_free_times_is_seen(client: Client, told: MagicMock, address: str) -> None:
    assert client.get(address, **PERSON).status_code == 200
    told.note_shown.assert_called_once_with([PAIR], channel="site", source=UNKNOWN)
    told.note_empty.assert_not_called()


def test_of_a_service_the_branches_are_seen_whose_times_stood_on_the_page(
    client: Client, told: MagicMock, answers: Put
) -> None:
    put_list(answers, {CARD: {MOSCOW_BRANCH: [slot(CARD, 1)], URAL_BRANCH: [slot(CARD, 25, place=ural())]}})
    assert client.get(f"/services/{SERVICE}/", **PERSON).status_code == 200
    told.note_shown.assert_called_once_with([PAIR], channel="site", source=UNKNOWN)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)"},
        {"HTTP_USER_AGENT": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
        {"HTTP_USER_AGENT": ""},
        {"HTTP_USER_AGENT": "python-requests/2.32"},
        {**PERSON, "HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {**PERSON, "HTTP_PURPOSE": "prefetch"},
        {**PERSON, "HTTP_IF_NONE_MATCH": '"x"'},
    ],
)
def test_no_robot_and_no_browser_ahead_of_its_reader_has_seen_anything(
    client: Client, told: MagicMock, headers: dict[str, str]
) -> None:
    assert client.get("/doctors/", **headers).status_code == 200
    assert client.head("/doctors/", **PERSON).status_code == 200
    assert told.mock_calls == []


def test_an_open_page_that_asks_again_is_not_seen_again(client: Client, told: MagicMock) -> None:
    assert client.get(f"{DOCTOR}times/", **PERSON).status_code == 200
    assert told.mock_calls == []


@pytest.mark.parametrize(
    ("address", "search"),
    [
        ("/", Search(Wanted.ANYBODY, location=MOSCOW_BRANCH)),
        ("/doctors/", Search(Wanted.ANYBODY)),
        (
            f"/doctors/?specialty=terapevt&location={MOSCOW_BRANCH}",
            Search(Wanted.SPECIALTY, "terapevt", MOSCOW_BRANCH),
        ),
        (f"/doctors/?service={SERVICE}", Search(Wanted.SERVICE, str(SERVICE))),
        (DOCTOR, Search(Wanted.DOCTOR, str(CARD.id), MOSCOW_BRANCH)),
    ],
)
def test_a_search_without_a_free_time_is_counted_by_the_narrowest_of_what_was_asked(
    client: Client, told: MagicMock, answers: Put, address: str, search: Search
) -> None:
    answers("selectors", "next_times", {})
    answers("selectors", "open_times", OpenTimes(None, is_fresh=True, days=(), etag="e"))
    put_list(answers, {CARD: {}})
    assert client.get(address, **PERSON).status_code == 200
    told.note_empty.assert_called_once_with(search, channel="site", source=UNKNOWN)
    told.note_shown.assert_not_called()


def test_a_search_in_some_branches_is_not_counted_as_one_in_all(
    client: Client, told: MagicMock, answers: Put
) -> None:
    answers("directory", "locations", (branch(), branch(UUID(int=3)), ural()))
    put_list(answers, {CARD: {}})
    for path, count in (("city/moskva/", 0), ("", 1)):
        assert client.get(f"/specialties/terapevt/{path}", **PERSON).status_code == 200
        assert told.note_empty.call_count == count
    told.note_shown.assert_not_called()


def test_where_a_reader_came_from_goes_on_to_the_hold(client: Client, told: MagicMock, answers: Put) -> None:
    page = client.get(f"/?{LABELS}", **PERSON).content.decode()
    carried = "utm_source=yandex&amp;utm_medium=cpc&amp;utm_campaign=autumn"
    assert f"/specialties/terapevt/?{carried}" in page
    assert page.count(carried) > 3
    assert '<input type="hidden" name="utm_source" value="yandex">' in page
    assert told.note_shown.call_args.kwargs["source"] == YANDEX
    hold = answers("services", "hold", held())
    form = {
        "slot": "token",
        "key": FORM_KEY,
        "utm_source": "yandex",
        "utm_medium": "cpc",
        "utm_campaign": "autumn",
    }
    answer = client.post("/holds/", form, **PERSON)
    assert (answer.status_code, "utm" in answer.headers["Location"]) == (303, False)
    told.note_hold.assert_called_once_with(hold.return_value.id, source=YANDEX)


def test_a_page_that_was_reached_without_labels_learns_them_from_the_page_before(
    client: Client, told: MagicMock
) -> None:
    client.get("/doctors/", HTTP_REFERER=f"http://testserver/?{LABELS}", **PERSON)
    assert told.note_shown.call_args.kwargs["source"] == YANDEX


def test_another_site_is_told_by_its_host_alone(client: Client, told: MagicMock) -> None:
    address = "https://www.yandex.ru/search?text=ivanov%20diagnoz"
    page = client.get("/doctors/", HTTP_REFERER=address, **PERSON).content.decode()
    assert told.note_shown.call_args.kwargs["source"] == Source(SourceKind.REFERRER, "yandex.ru")
    assert "utm_referrer=yandex.ru" in page
    assert "diagnoz" not in page


@pytest.mark.parametrize(
    "hostile", ["http://[bad", "::::", "http://testserver/?utm_source=%00%ff", "x" * 9000]
)
def test_a_hostile_referrer_is_nobody(client: Client, told: MagicMock, hostile: str) -> None:
    assert client.get("/doctors/", HTTP_REFERER=hostile, **PERSON).status_code == 200
    assert told.note_shown.call_args.kwargs["source"] == UNKNOWN


def test_what_may_be_a_persons_own_is_neither_kept_nor_carried(client: Client, told: MagicMock) -> None:
    page = client.get("/doctors/?utm_source=ivan@mail.ru&utm_campaign=89210000017", **PERSON).content.decode()
    assert told.note_shown.call_args.kwargs["source"] == UNKNOWN
    assert "ivan@mail.ru" not in page.partition("<main")[2].partition("</main>")[0]


def test_nobody_in_particular_carries_nothing(client: Client, told: MagicMock) -> None:
    assert "utm_" not in client.get("/doctors/", **PERSON).content.decode()
    client.get(f"/doctors/?{LABELS}", **PERSON)
    assert "utm_" not in client.get("/doctors/", **PERSON).content.decode()


def test_seeing_sets_no_cookie(client: Client, told: MagicMock) -> None:
    names = set(client.get(f"/doctors/?{LABELS}", **PERSON).cookies)
    assert names <= {"csrftoken"}


def test_a_robot_that_holds_says_nothing_of_where_from(client: Client, told: MagicMock, answers: Put) -> None:
    answers("services", "hold", held())
    form = {"slot": "token", "key": FORM_KEY, "utm_source": "x"}
    assert client.post("/holds/", form, HTTP_USER_AGENT="curl/8").status_code == 303
    told.note_hold.assert_not_called()
    assert isinstance(CARD.id, UUID)
