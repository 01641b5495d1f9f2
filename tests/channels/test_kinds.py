"""Kinds of project: a site of `card` is whole without booking and without a MIS, whatever its database has.

Each page that a reader can come to is opened, and so is each page of the desk; every address of a booking is
tried by everybody. The kind `booking` is the control: there the same addresses answer, the same words stand.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.checkups.factory import EDITOR
from domain.roster.factory import NOW, OwnClinic
from domain.scheduling.clinic_of_own import at_work_on_thursdays, found_own_clinic, own_schedule
from feldsher.channels.site import answering
from feldsher.channels.site.sitemaps import KINDS as MAPS
from feldsher.conf.kinds import BOOKING, CARD, KINDS, modules_on
from feldsher.domain.checkups import services as checkups
from feldsher.domain.checkups.types import Bounds, Person, ProgrammeChange
from feldsher.domain.editorial import services as editorial
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling import services as scheduling
from feldsher.domain.scheduling.types import ProgrammeWish
from feldsher.foundation.access.roles import Role
from feldsher.foundation.modules import CHECKUPS, CORPORATE

pytestmark = pytest.mark.django_db
WORDS = (
    *("Записаться</a>", "Записаться</h2>", "Выбрать время", "вободное время", " и\u00a0запись", "и запись"),
    *("Мои записи", 'name="slot"', "/lk/", "/holds/"),
)
"""What a page says only where one books."""
LINK = re.compile(r'(?:href|action|src|data-live)="(/[^"#]*)')
EDITORS = ("/articles/", "/conditions/", "/promotions/", "/news/", "/documents/")
SITE = ("holds", "booking", "remembered", "visit", "wait", "lk")
DESK = (
    *("rules", "waiting", "stops", "hours", "day", "find", "schedule", "book", "why", "visits", "referrals"),
    *("differences", "figures", "messages"),
)
API = ("slots", "holds", "appointments", "waiting", "wishes")


@pytest.fixture
def clinic(set_clock: SetClock) -> Iterator[OwnClinic]:
    """Records that staff made, and pages of every kind."""
    set_clock(NOW)
    with own_schedule():
        made = found_own_clinic()
        editorial.rehearse()
        for purpose in (Purpose.POLICY, Purpose.COMPANY):
            patients.publish_consent_text(
                purpose, version="of-test", body="Текст {operator}.", valid_from=NOW
            )
        yield made


@pytest.fixture
def card(clinic: OwnClinic, settings: Settings) -> OwnClinic:
    settings.FELDSHER_MODULES = KINDS[CARD]
    gateways.bind({})
    return clinic


def crawl(client: Client, *begin: str, under: str = "/") -> dict[str, tuple[int, str]]:
    """Open every page that links lead to from `begin`; a way back once, whatever its query says."""
    found: dict[str, tuple[int, str]] = {}
    waiting = deque(begin)
    while waiting:
        address = waiting.popleft()
        if address in found:
            continue
        response = client.get(address)
        body = b"".join(response) if response.streaming else response.content
        text = body.decode(errors="replace") if "html" in response.get("Content-Type", "") else ""
        found[address] = response.status_code, text
        for link in map(unescape, LINK.findall(text)):
            one = link.partition("?")[0] if link.startswith(("/look/", "/cookies/")) else link
            if one.startswith(under) and not one.startswith(("/static/", "/desk/editorial/")):
                waiting.append(one)
    return found


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for item in patterns:
        route = before + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from addresses(item.url_patterns, route)
        elif item.name:
            named = re.sub(r"<uuid:\w+>", str(uuid4()), "/" + route)
            yield re.sub(r"<int:\w+>", "7", re.sub(r"<(?:\w+:)?\w+>", "x" * 43, named))


def of_booking(address: str) -> bool:
    first, *rest = address.strip("/").split("/")
    if first == "desk":
        part = rest[0] if rest else ""
        closed = part in DESK or rest[:2] == ["sync", "branches"]
        return closed or (part == "emergency" and rest[1:2] != ["reviews"])
    if first == "api":
        return rest[1:2] != [] and rest[1] in API
    return first in SITE or address.endswith("/times/")


def opened(closed: list[str], tries: list[tuple[Client, str]]) -> list[tuple[str, str]]:
    """Return which of the doors that should be closed answer anything but 404, and to which method."""
    return [
        (method, address)
        for address in closed
        for client, method in tries
        if client.generic(method, address, "{}", content_type="application/json").status_code != 404
    ]


def doors() -> list[str]:
    return [address for address in addresses(get_resolver().url_patterns) if of_booking(address)]


def test_each_link_of_a_card_site_leads_to_a_page_and_none_speaks_of_booking_here(card: OwnClinic) -> None:
    client = Client()
    maps = [
        path
        for kind in MAPS
        for path in re.findall(
            r"<loc>http://testserver([^<]+)</loc>", client.get(f"/sitemaps/{kind}-1.xml").content.decode()
        )
    ]
    shortcuts = [each["url"] for each in client.get("/site.webmanifest").json()["shortcuts"]]
    found = crawl(client, "/", "/search/?q=врач", "/no-such-page/", *EDITORS, *maps, *shortcuts)
    doctor, service = f"/doctors/{card.eye}/", f"/services/{card.visit}/"
    assert {"/doctors/", "/prices/", "/branches/", "/call/", doctor, service} <= found.keys()
    assert len(found) > 40
    wrong = {address: status for address, (status, _) in found.items() if status != 200}
    assert wrong == {"/no-such-page/": 404}
    said = {(address, word) for address, (_, text) in found.items() for word in WORDS if word in text}
    assert said == set()
    pages = {address: text for address, (_, text) in found.items() if "<main" in text}
    without = {address for address, text in pages.items() if "Заказать звонок" not in text}
    assert without == set()
    for address in ("/", doctor, service):
        assert "Запись по&nbsp;телефону" in found[address][1]


def test_the_same_pages_of_a_booking_site_speak_of_booking(clinic: OwnClinic) -> None:
    paths = ("/", f"/doctors/{clinic.eye}/", f"/services/{clinic.visit}/", "/branches/", "/articles/")
    texts = "".join(Client().get(path).content.decode() for path in paths)
    assert {word for word in WORDS if word not in texts} == {'name="slot"', "Выбрать время", "и запись"}
    assert "Запись по&nbsp;телефону" not in texts


@pytest.mark.usefixtures("card")
def test_every_door_of_booking_is_closed_to_everybody() -> None:
    closed = doors()
    assert len(closed) > 110
    anybody, somebody = Client(), signed_in(*Role)
    tries = [(anybody, "GET"), (somebody, "GET"), (somebody, "POST"), (somebody, "DELETE")]
    assert opened(closed, tries) == []


@pytest.mark.usefixtures("clinic")
def test_a_door_of_booking_is_not_closed_where_one_books() -> None:
    assert Client().get("/lk/").status_code == 200
    assert signed_in(Role.REGISTRAR).get("/desk/day/").status_code == 200
    assert Client().post("/holds/").status_code != 404


@pytest.mark.django_db(transaction=True)
def test_a_card_site_shows_no_time_that_lies_in_its_database(set_clock: SetClock, settings: Settings) -> None:
    set_clock(NOW)
    with at_work_on_thursdays("9-11") as clinic:
        paths = (
            "/",
            "/doctors/",
            f"/doctors/{clinic.eye}/",
            f"/services/{clinic.visit}/",
            "/search/?q=окулистова",
        )

        def times() -> list[int]:
            (doctor,) = Client().get("/api/v1/practitioners").json()["items"]
            pages = [Client().get(path).content.decode() for path in paths]
            return [len(doctor["next_slots"]), *(page.count("09:00") for page in pages)]

        assert times() == [6, 4, 3, 3, 3, 1]
        settings.FELDSHER_MODULES = KINDS[CARD]
        assert times() == [0] * 6


@pytest.mark.usefixtures("card")
def test_each_link_of_the_desk_of_a_card_site_leads_to_a_page() -> None:
    found = crawl(signed_in(*Role), "/desk/", under="/desk/")
    wrong = {address for address, (status, _) in found.items() if status == 404}
    assert wrong == set()
    assert {"/desk/", "/desk/directory/", "/desk/site/", "/desk/passport/", "/desk/staff/"} <= found.keys()
    for word in ("Расписание</a>", "Записи</a>", "МИС</a>", "Часы приёма</a>", "Показатели</a>"):
        assert word not in found["/desk/"][1]
    assert "Тревог нет." in found["/desk/sync/"][1]


def test_a_call_about_a_programme_of_a_card_site_names_its_services_alone(
    clinic: OwnClinic, settings: Settings
) -> None:
    made = checkups.save_programme(ProgrammeChange("Глаза", "glaza"), staff=EDITOR)
    checkups.add_item(made, service_id=clinic.visit, bounds=Bounds(), is_optional=False, staff=EDITOR)
    shown = ProgrammeChange("Глаза", "glaza", is_published=True)
    checkups.save_programme(shown, staff=EDITOR, programme_id=made)
    wish = ProgrammeWish("glaza", clinic.north, Person(), frozenset())
    kept = scheduling.request_programme(wish, name="Вера", phone="8 900 000-00-07", channel="site")
    registrar = signed_in(Role.REGISTRAR)
    of_booking = registrar.get(f"/desk/calls/{kept.id}/").content.decode()
    settings.FELDSHER_MODULES = KINDS[CARD]
    page = registrar.get(f"/desk/calls/{kept.id}/").content.decode()
    assert "<h3>Приём офтальмолога</h3>" in page
    for said in ("/desk/book/", "Показать день", "времена давно не&nbsp;пересчитывались"):
        assert (said in of_booking, said in page) == (True, False)


@pytest.mark.usefixtures("clinic")
def test_the_api_tells_of_booking_only_where_it_books(settings: Settings) -> None:
    def told() -> tuple[set[str], set[str]]:
        document = json.loads(Client().get("/api/v1/openapi.json").content)
        return {path.split("/")[1] for path in document["paths"]}, set(document["components"]["schemas"])

    whole, schemas = told()
    assert set(API) <= whole
    settings.FELDSHER_MODULES = KINDS[CARD]
    left, kept = told()
    assert (
        left
        == whole - set(API)
        == {
            *("specialties", "locations", "services", "practitioners", "call-requests"),
        }
    )
    assert "Problem" in kept
    assert kept < schemas
    document = Client().get("/api/v1/openapi.json").content.decode()
    assert set(re.findall(r"#/components/schemas/(\w+)", document)) <= kept
    page = Client().get("/api/v1/docs").content.decode()
    assert "/api/v1/holds" not in page
    assert "/api/v1/call-requests" in page


def robots() -> set[str]:
    return set(re.findall(r"^Disallow: (\S+)$", Client().get("/robots.txt").content.decode(), re.MULTILINE))


@pytest.mark.usefixtures("card")
def test_robots_and_maps_of_a_card_site_name_no_door_of_booking(settings: Settings) -> None:
    maps = "".join(Client().get(f"/sitemaps/{kind}-1.xml").content.decode() for kind in MAPS)
    pages = re.findall(r"<loc>http://testserver([^<]+)</loc>", maps)
    named = robots()
    assert len(pages) > 10
    assert [path for path in (*pages, *named) if of_booking(path)] == []
    assert {"/desk/", "/review/", "/corporate/requests/", "/checkups/*/request/"} <= named
    settings.FELDSHER_MODULES = KINDS[BOOKING]
    assert robots() - named == {f"/{door}/" for door in SITE}


@pytest.mark.usefixtures("card")
def test_a_door_that_is_closed_is_no_page_to_lead_to() -> None:
    assert (answering.status("/wait/"), answering.status("/prices/")) == (404, 200)


def of(module: str, address: str) -> bool:
    """Whether an address is of a module, by how it begins."""
    if module == BOOKING:
        return of_booking(address)
    doors = {CHECKUPS: ("checkups",), CORPORATE: ("corporate", "companies")}[module]
    return address.strip("/").removeprefix("desk/").startswith(doors)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("clinic")
def test_the_doors_of_a_module_are_closed_and_named_nowhere_in_a_kind_without_it(
    kind: str, settings: Settings
) -> None:
    """By every method and for everybody; no page, map or menu leads there, and the desk has no section."""
    settings.FELDSHER_MODULES = KINDS[kind]
    every = list(addresses(get_resolver().url_patterns))
    off = {module for module in (BOOKING, CHECKUPS, CORPORATE) if module not in KINDS[kind]}
    closed = [each for each in every if any(of(module, each) for module in off)]
    assert len(closed) >= {0: 0, 1: 110, 2: 20, 3: 130}[len(off)]
    anybody, somebody = Client(), signed_in(*Role)
    assert opened(closed, [(anybody, "GET"), (somebody, "GET"), (somebody, "POST")]) == []
    maps = "".join(Client().get(f"/sitemaps/{name}-1.xml").content.decode() for name in MAPS)
    listed = re.findall(r"<loc>http://testserver([^<]+)</loc>", maps)
    pages = ["/", "/prices/", "/no-such-page/", *EDITORS, *listed]
    read = [(anybody.get(path), path) for path in pages] + [(somebody.get("/desk/"), "/desk/")]
    wrong = {path for answer, path in read if answer.status_code != 200}
    assert wrong == {"/no-such-page/"}
    links = {unescape(link) for answer, _ in read for link in LINK.findall(answer.content.decode())}
    named = {*links, *listed, *robots()}
    assert [path for path in named if any(of(module, path) for module in off)] == []
    assert {module for module in KINDS[kind] if any(of(module, path) for path in named)} == KINDS[kind]


def test_a_kind_is_one_of_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FELDSHER_KIND", raising=False)
    assert modules_on() == KINDS[BOOKING] == {BOOKING, CHECKUPS, CORPORATE}
    expected = {
        CARD: {CHECKUPS, CORPORATE},
        "laboratory": {CHECKUPS, CORPORATE},
        "telemedicine": {BOOKING},
        "pharmacy": set(),
    }
    for kind, modules in expected.items():
        monkeypatch.setenv("FELDSHER_KIND", kind)
        assert modules_on() == modules
    assert {*expected, BOOKING} == set(KINDS)
    monkeypatch.setenv("FELDSHER_KIND", "shop")
    with pytest.raises(ImproperlyConfigured, match="there is no kind shop; there are card, booking"):
        modules_on()
