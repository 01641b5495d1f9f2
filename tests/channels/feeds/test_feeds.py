"""Feeds for catalogues: valid by schemas made from the descriptions, whole, truthful, cheap to ask again."""

import gzip
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from lxml import etree
from pytest_django import DjangoAssertNumQueries, Settings

from conftest import SetClock
from domain.directory import drawings
from domain.directory.factory import AT, EYE, FIRST_VISIT, GLASSES, MIS, NORTH, SOUTH, doctor, row, snapshot
from feldsher.channels.feeds import built
from feldsher.channels.feeds.writing import short_id
from feldsher.domain.directory import services
from feldsher.domain.directory.types import Kind, RemotePrice, RemoteServiceNorm, RuleValues, VisitMode
from feldsher.domain.directory.types.profile import PhotoFrame
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
DOCTORS, SERVICES = "/feeds/yandex-doctors.xml", "/feeds/services.yml"


@pytest.fixture(autouse=True)
def _clinic(set_clock: SetClock, settings: Settings) -> Iterator[None]:
    set_clock(AT)
    settings.SITE_URL = "https://clinic.example/"
    services.import_snapshot(MIS, snapshot=snapshot())
    for branch in (NORTH, SOUTH):
        say(Kind.LOCATION, branch.id, "zone", "Europe/Moscow")
    built.forget()
    yield
    built.forget()


def say(kind: Kind, remote: str, field: str, value: object) -> None:
    services.set_overlay(kind, target=row(kind, remote), field=field, value=value, author="anna")


def body(response: HttpResponse) -> bytes:
    assert response.status_code == 200
    return response.getvalue()


def valid(name: str, content: bytes) -> Any:
    schema = etree.RelaxNG(etree.parse(HERE / name))
    document = etree.fromstring(content)
    assert schema.validate(document), schema.error_log
    return document


def doctors(client: Client | None = None) -> Any:
    built.forget()
    return valid("yandex_doctors.rng", body((client or Client()).get(DOCTORS)))


def catalogue() -> Any:
    built.forget()
    return valid("services_yml.rng", body(Client().get(SERVICES)))


def test_the_feed_of_doctors_binds_doctors_clinics_and_services() -> None:
    shop = doctors()
    assert [len(shop.find(tag)) for tag in ("doctors", "clinics", "services", "offers")] == [3, 2, 3, 5]
    eye, first, north = (
        row(Kind.PRACTITIONER, EYE.id),
        row(Kind.SERVICE, FIRST_VISIT.id),
        row(Kind.LOCATION, NORTH.id),
    )
    offer = shop.find(f"offers/offer[@id='{short_id(eye, north, first)}']")
    assert offer.findtext("url") == f"https://clinic.example/doctors/{eye}/?location={north}&service={first}"
    assert offer.findtext("price/base_price") == "1900"
    assert offer.findtext("online_schedule") == "false"
    assert offer.find("clinic").get("id") == short_id(north)
    assert offer.findtext("clinic/doctor/speciality") == "Офтальмология"
    ids = {tag: {each.get("id") for each in shop.find(tag)} for tag in ("doctors", "clinics", "services")}
    for each in shop.find("offers"):
        assert each.find("service").get("id") in ids["services"]
        assert each.find("clinic").get("id") in ids["clinics"]
        assert each.find("clinic/doctor").get("id") in ids["doctors"]


def test_a_doctor_without_a_specialty_has_no_offer() -> None:
    plain = row(Kind.PRACTITIONER, "doc-plain")
    shop = doctors()
    assert shop.find(f"doctors/doctor[@id='{short_id(plain)}']") is not None
    assert shop.findall(f".//offer/clinic/doctor[@id='{short_id(plain)}']") == []


def test_a_profile_and_codes_stand_in_the_feed() -> None:
    eye = row(Kind.PRACTITIONER, EYE.id)
    for field, value in (
        ("about", "Лечит <глаза> & «зрение»"),
        ("career_start", 2012),
        ("degree", "к. м. н."),
        ("rank", "доцент"),
        ("category", "высшая"),
        ("education", "Ординатура; Пример-академия; 2012; офтальмология"),
        ("certificates", "Аккредитация; офтальмология; 31.12.2030"),
    ):
        say(Kind.PRACTITIONER, EYE.id, field, value)
    say(Kind.LOCATION, NORTH.id, "company_id", "1000000001")
    say(Kind.LOCATION, NORTH.id, "phone", "89210000003")
    say(Kind.SERVICE, FIRST_VISIT.id, "nomenclature", "В01.029.001")
    services.save_photo(eye, content=drawings.snapshot(), frame=PhotoFrame.WHOLE, author="anna")
    shop = doctors()
    found = shop.find(f"doctors/doctor[@id='{short_id(eye)}']")
    assert [each.tag for each in found] == [
        *("name", "url", "description", "internal_id", "first_name", "surname", "patronymic"),
        *("experience_years", "picture", "degree", "rank", "category", "education"),
    ]
    assert found.findtext("description") == "Лечит <глаза> & «зрение»"
    assert found.findtext("experience_years") == "14"
    picture = found.findtext("picture").removeprefix("https://clinic.example")
    assert Client().get(picture)["Content-Type"] == "image/jpeg"
    assert shop.findtext("clinics/clinic/company_id") == "1000000001"
    north = row(Kind.LOCATION, NORTH.id)
    assert shop.findtext("clinics/clinic/url") == f"https://clinic.example/branches/{north}/"
    assert shop.findtext("services/service/gov_id") == "B01.029.001"


def test_no_price_and_a_zero_leave_the_block_out(set_clock: SetClock) -> None:
    prices = (
        RemotePrice(GLASSES.id, None, None, Decimal(0)),
        RemotePrice(FIRST_VISIT.id, None, None, Decimal("99.50")),
    )
    set_clock(AT + timedelta(days=1))
    services.import_snapshot(MIS, snapshot=snapshot(as_of=AT + timedelta(days=1), prices=prices))
    glasses, first = short_id(row(Kind.SERVICE, GLASSES.id)), short_id(row(Kind.SERVICE, FIRST_VISIT.id))
    shop = doctors()
    of = {each.find("service").get("id"): each.findtext("price/base_price") for each in shop.find("offers")}
    assert (of[glasses], of[first]) == (None, "99.50")


def test_whom_a_rule_lets_in_and_how_is_said() -> None:
    eye, first = row(Kind.PRACTITIONER, EYE.id), row(Kind.SERVICE, FIRST_VISIT.id)
    services.set_rule(
        RuleValues(age_from=18, mode=VisitMode.EITHER), practitioner=eye, service=first, author="anna"
    )
    offer = next(
        each for each in doctors().find("offers") if each.find("service").get("id") == short_id(first)
    )
    said = {each.tag: each.text for each in offer.find("clinic/doctor")}
    assert said == {
        "speciality": "Офтальмология",
        "children_appointment": "false",
        "adult_appointment": "true",
        "house_call": "false",
        "telemed": "true",
        "is_base_service": said["is_base_service"],
    }


@pytest.mark.parametrize("value", ["C01.001.001", "B1.001.001", "B01.047", "", "B01.047.001.1"])
def test_what_is_no_code_of_the_nomenclature_is_refused(value: str) -> None:
    with pytest.raises(InvalidInputError):
        say(Kind.SERVICE, FIRST_VISIT.id, "nomenclature", value)
    with pytest.raises(InvalidInputError):
        say(Kind.LOCATION, NORTH.id, "company_id", "12a")


def test_a_name_that_xml_cannot_hold_spoils_nothing() -> None:
    say(Kind.PRACTITIONER, EYE.id, "about", "до\x01\ufffeпосле")
    found = doctors().find(f"doctors/doctor[@id='{short_id(row(Kind.PRACTITIONER, EYE.id))}']")
    assert found.findtext("description") == "допосле"


def test_the_catalogue_holds_each_price_that_can_be_booked() -> None:
    shop = catalogue().find("shop")
    folder = shop.find("categories/category")
    assert folder.text == "Офтальмология"
    offers = {(each.findtext("name"), each.findtext("price")) for each in shop.find("offers")}
    assert offers == {
        ("Приём офтальмолога первичный, Северный филиал", "1900"),
        ("Приём офтальмолога первичный, Южный филиал", "1700"),
        ("Подбор очков, Северный филиал", "800"),
        ("Подбор очков, Южный филиал", "800"),
    }
    assert {each.findtext("categoryId") for each in shop.find("offers")} == {folder.get("id")}
    assert {each.findtext("description") for each in shop.find("offers")} == {
        "Имеются противопоказания. Необходима консультация специалиста"
    }


def test_a_service_in_no_folder_stands_in_the_common_category() -> None:
    loose = replace(GLASSES, parent_id=None)
    services.import_snapshot(MIS, snapshot=snapshot(services=(FIRST_VISIT, loose)))
    shop = catalogue().find("shop")
    assert {each.get("id"): each.text for each in shop.find("categories")}["1"] == "Услуги"


def test_who_has_the_feed_is_told_so_and_a_change_is_a_new_one(set_clock: SetClock) -> None:
    first = Client().get(DOCTORS)
    content, etag = body(first), first["ETag"]
    assert first["Content-Type"] == "application/xml; charset=utf-8"
    assert Client().get(DOCTORS, headers={"If-None-Match": etag}).status_code == 304
    since = {"If-Modified-Since": first["Last-Modified"]}
    assert Client().get(DOCTORS, headers=since).status_code == 304
    set_clock(AT + timedelta(minutes=6))
    same = Client().get(DOCTORS)
    assert (body(same), same["ETag"], same["Last-Modified"]) == (content, etag, first["Last-Modified"])
    say(Kind.PRACTITIONER, EYE.id, "degree", "к. м. н.")
    assert Client().get(DOCTORS)["ETag"] == etag
    set_clock(AT + timedelta(minutes=12))
    changed = Client().get(DOCTORS, headers={"If-None-Match": etag, **since})
    assert changed.status_code == 200
    assert changed["ETag"] != etag
    assert changed["Last-Modified"] != first["Last-Modified"]


def test_gzip_is_asked_by_the_path_and_unfolds_into_the_same() -> None:
    plain, packed = Client().get(DOCTORS), Client().get(f"{DOCTORS}.gz")
    assert gzip.decompress(body(packed)) == body(plain)
    assert packed["Content-Type"] == "application/gzip"
    assert packed["ETag"] == plain["ETag"][:-1] + '-gz"'
    assert Client().head(DOCTORS).status_code == 200
    assert Client().post(DOCTORS).status_code == 405


def test_a_path_of_the_settings_hides_the_feeds(settings: Settings) -> None:
    assert Client().get("/feeds/any/yandex-doctors.xml").status_code == 404
    settings.FELDSHER_FEEDS_PATH = "k3y-of-a-partner"
    for address in (DOCTORS, "/feeds/k3y/yandex-doctors.xml", "/feeds/k3y-of-a-partner/other.xml"):
        answer = Client().get(address)
        assert (answer.status_code, answer.content) == (404, b"")
    assert body(Client().get("/feeds/k3y-of-a-partner/yandex-doctors.xml.gz"))


def test_a_feed_is_kept_once_whatever_origins_callers_name(settings: Settings) -> None:
    settings.SITE_URL = ""
    settings.ALLOWED_HOSTS = ["*"]
    for host in ("one.example", "two.example", "one.example"):
        address = etree.fromstring(body(Client().get(DOCTORS, headers={"host": host}))).findtext("url")
        assert address == f"http://{host}/"
    assert len(built._known) == 1


def test_six_hundred_doctors_cost_few_questions_and_little_memory(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    norms = (RemoteServiceNorm(FIRST_VISIT.id, 20), RemoteServiceNorm(GLASSES.id, None))
    about = "Лечит глаза. " * 80
    people = tuple(
        doctor(f"d{number:03}", services=norms, location_ids=(NORTH.id, SOUTH.id), about=about)
        for number in range(600)
    )
    services.import_snapshot(MIS, snapshot=snapshot(practitioners=people))
    built.forget()
    tracemalloc.start()
    with django_assert_num_queries(28):
        answer = Client().get(f"{DOCTORS}.gz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    content = gzip.decompress(body(answer))
    shop = valid("yandex_doctors.rng", content)
    assert [len(shop.find(tag)) for tag in ("doctors", "offers")] == [600, 2400]
    assert len(content) > 2_000_000
    assert peak < 12_000_000
