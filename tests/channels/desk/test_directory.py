"""«Справочник»: lists, a record with its sources, and the list of what nobody says."""

import html
import re
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from domain.directory.factory import HEART, MIS, NORTH, doctor, row, snapshot
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import HealthcareService, Location, Organization, Overlay, Specialty
from feldsher.domain.directory.types import Kind, RemoteService, RemoteServiceNorm, ServiceKind
from feldsher.domain.scheduling.models import Offer
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    services.import_snapshot(MIS, snapshot=snapshot())
    return signed_in(Role.EDITOR)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def north_url() -> str:
    return f"/desk/directory/branches/{row(Kind.LOCATION, NORTH.id)}/"


def north() -> Location:
    return Location.objects.get(id=row(Kind.LOCATION, NORTH.id))


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("branches", ("Северный филиал", "часовой пояс, город, адрес, телефон, часы работы")),
        ("organizations", ("Без названия", "инн")),
        ("doctors", (HEART.family, "о враче")),
        ("specialties", ("Офтальмология", "кто принимает")),
        ("services", ("Подбор очков", "длительность, мин")),
    ],
)
def test_each_kind_has_a_list_that_says_what_is_missing(
    client: Client, slug: str, words: tuple[str, ...]
) -> None:
    page = text(client.get(f"/desk/directory/{slug}/"))
    for word in words:
        assert word in page
    assert client.get("/desk/directory/materials/").status_code == 404
    assert "Капли" not in page


def test_the_first_page_is_that_of_branches(client: Client) -> None:
    page = text(client.get("/desk/directory/"))
    assert "Северный филиал" in page
    assert re.findall(r'aria-current="page">([^<]+)<', page) == ["Справочник", "Филиалы"]


def test_a_list_is_searched_and_has_pages(client: Client) -> None:
    many = tuple(
        RemoteService(f"s{n:03}", f"Услуга {n:03}", ServiceKind.SERVICE, None, "", 10) for n in range(120)
    )
    services.import_snapshot(MIS, snapshot=snapshot(services=many))
    first = text(client.get("/desk/directory/services/"))
    total = HealthcareService.objects.filter(closed_at=None, kind="service").count()
    assert f"страница 1 из {-(-total // 50)}" in first
    assert "Услуга 060" not in first
    assert "Услуга 060" in text(client.get("/desk/directory/services/?page=2"))
    assert "Услуга 060" in text(client.get("/desk/directory/services/?q=услуга+06"))
    assert "Ничего не нашлось" in text(client.get("/desk/directory/services/?q=%00ыыы"))
    for page in ("0", "-1", "99999", "x", "9" * 400):
        text(client.get("/desk/directory/services/", {"page": page}))


def test_a_doctor_is_searched_by_a_form_that_leaves_no_name_in_the_address(client: Client) -> None:
    page = text(client.get(f"/desk/directory/doctors/?q={HEART.family}"))
    assert f'value="{HEART.family}"' not in page
    assert '<form class="stack" method="post"' in page
    found = text(client.post("/desk/directory/doctors/", {"q": HEART.family.lower(), "page": "1"}))
    assert HEART.family in found
    assert "1 запись" in found
    card = text(client.get(f"/desk/directory/doctors/{row(Kind.PRACTITIONER, HEART.id)}/"))
    assert HEART.family not in re.search(r"<title>(.*?)</title>", card)[1]  # type: ignore[index] # there


def test_a_record_says_who_gives_each_value_and_what_the_mis_gives_beside(client: Client) -> None:
    services.set_overlay(
        Kind.LOCATION, target=north().id, field="name", value="На Северной", author="registrar"
    )
    page = text(client.get(north_url()))
    said = re.search(r"Сотрудник registrar, \d+ \w+\. В МИС umc: «Северный филиал»", page)
    assert said is not None
    assert page.count("Не указано") >= 5
    assert "Вернуть как в МИС" in page
    assert "По умолчанию" in page
    assert NORTH.id in page
    zones = re.search(r'<select id="field-zone".*?</select>', page, re.DOTALL)
    assert zones is not None
    offered = re.findall(r'value="([^"]*)"', zones[0])
    assert offered[:3] == ["", "Europe/Kaliningrad", "Europe/Moscow"]
    assert offered.index("Asia/Kamchatka") < offered.index("Asia/Almaty")
    assert "Екатеринбург, МСК+2" in zones[0]
    assert "Калининград, МСК−1" in zones[0]


def test_only_what_was_changed_is_saved(client: Client) -> None:
    sent = {
        "was-name": "Северный филиал",
        "name": "Северный филиал",
        "was-city": "",
        "city": "  Пример-город ",
        "was-zone": "",
        "zone": "Asia/Omsk",
        "phone": "8 (921) 000-00-05",
        "latitude": "55,5",
    }
    answer = client.post(north_url(), sent)
    assert (answer.status_code, answer["Location"]) == (303, f"{north_url()}?saved=4")
    card = north()
    assert (card.city, card.zone, card.phone, str(card.latitude)) == (
        "Пример-город",
        "Asia/Omsk",
        "+79210000005",
        "55.500000",
    )
    assert set(Overlay.objects.values_list("field", "author")) == {
        (field, "vera") for field in ("city", "zone", "phone", "latitude")
    }
    assert "Сохранено" in text(client.get(answer["Location"]))


def test_an_old_page_does_not_undo_what_a_colleague_saved(client: Client) -> None:
    services.set_overlay(Kind.LOCATION, target=north().id, field="zone", value="Asia/Omsk", author="anna")
    client.post(north_url(), {"was-zone": "", "zone": "", "was-city": "", "city": "Омск"})
    assert (north().zone, north().city) == ("Asia/Omsk", "Омск")


def test_faults_stand_beside_their_fields_and_nothing_is_lost_or_saved(client: Client) -> None:
    sent = {"city": "Омск", "phone": "123", "zone": "Mars/Base", "latitude": "north", "address": "я" * 501}
    page = text(client.post(north_url(), sent), 422)
    for field, sentence in (
        ("phone", "Телефон из 11 цифр"),
        ("zone", "Такого часового пояса нет"),
        ("latitude", "Число от −90 до 90"),
        ("address", "Не длиннее 500 знаков"),
    ):
        assert re.search(rf'id="field-{field}-error">.*?{sentence}', page, re.DOTALL)
    for typed in ('value="Омск"', 'value="123"', 'value="north"', "я" * 501):
        assert typed in page
    assert "Ничего не сохранено" in page
    assert not Overlay.objects.exists()


def test_a_field_is_given_back_to_the_mis(client: Client) -> None:
    services.set_overlay(Kind.LOCATION, target=north().id, field="name", value="Иначе", author="anna")
    client.post(north_url(), {"was-name": "Иначе", "name": "Ещё иначе", "back-name": "on"})
    assert north().name == "Северный филиал"
    assert not Overlay.objects.exists()


def test_emptying_what_no_mis_gives_takes_our_word_back(client: Client) -> None:
    services.set_overlay(Kind.LOCATION, target=north().id, field="phone", value="+79210000001", author="anna")
    client.post(north_url(), {"was-phone": "+7 921 000-00-01", "phone": ""})
    assert (north().phone, Overlay.objects.count()) == ("", 0)


def test_a_zone_opens_booking_at_once_and_its_loss_closes_it(client: Client) -> None:
    assert not Offer.objects.filter(location=north().id).exists()
    client.post(north_url(), {"zone": "Europe/Moscow"})
    assert set(Offer.objects.filter(location=north().id).values_list("zone", flat=True)) == {"Europe/Moscow"}
    client.post(north_url(), {"back-zone": "on"})
    assert not Offer.objects.filter(location=north().id).exists()


def test_minutes_are_a_number_and_reach_the_offers(client: Client) -> None:
    services.set_overlay(Kind.LOCATION, target=north().id, field="zone", value="Europe/Moscow", author="anna")
    glasses = RemoteService("own-glasses", "Очки", ServiceKind.SERVICE, None, "", None)
    gives = doctor("doc-glasses", services=(RemoteServiceNorm("own-glasses", None),))
    services.import_snapshot(MIS, snapshot=snapshot(services=(glasses,), practitioners=(gives,)))
    target = row(Kind.SERVICE, "own-glasses")
    address = f"/desk/directory/services/{target}/"
    assert "Целые минуты" in text(client.post(address, {"minutes": "много"}), 422)
    assert client.post(address, {"minutes": "45", "code": "X"}).status_code == 303
    assert HealthcareService.objects.get(id=target).code == ""
    lengths = Offer.objects.filter(service=target).values_list("length", flat=True)
    assert [length.total_seconds() for length in lengths] == [45 * 60]


def test_a_branch_is_given_to_another_legal_entity(client: Client) -> None:
    other = Organization.objects.create(name="Вторая")
    assert "Вторая" in text(client.get(north_url()))
    assert client.post(north_url(), {"organization": str(other.id)}).status_code == 303
    assert north().organization_id == other.id
    assert "Такой организации нет" in text(client.post(north_url(), {"organization": str(uuid4())}), 422)


def test_an_unknown_record_is_not_found(client: Client) -> None:
    assert client.get(f"/desk/directory/branches/{uuid4()}/").status_code == 404
    assert client.get(f"/desk/directory/doctors/{north().id}/").status_code == 404


def test_gaps_are_grouped_by_what_they_block_and_lead_to_their_fields(client: Client) -> None:
    page = text(client.get("/desk/directory/missing/"))
    headings = re.findall(r"<h2>(.*?) <span", page)
    assert headings[0] == "Без часового пояса запись в филиал закрыта"
    assert len(headings) == 7
    assert f"{north_url()}#field-zone" in page
    count = len(selectors.missing())
    assert selectors.missing_count() == count
    assert sum(map(int, re.findall(r'<h2>.*?badge-wait">(\d+)<', page))) == count
    assert re.search(rf'Чего не хватает <span class="badge badge-wait">{count}<', page)
    services.set_overlay(Kind.LOCATION, target=north().id, field="zone", value="Asia/Omsk", author="anna")
    assert selectors.missing_count() == count - 1


def test_a_page_without_gaps_says_so(client: Client) -> None:
    for table in (Location, Organization, Specialty, HealthcareService):
        table.objects.update(closed_at="2026-11-01T00:00:00Z")
    Specialty.objects.update(title="врач")
    page = text(client.get("/desk/directory/missing/"))
    assert "Всё заполнено" in page
    assert "badge" not in page
