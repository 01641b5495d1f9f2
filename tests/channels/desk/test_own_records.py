"""Staff make the records where no MIS does; without an own schedule there is nothing of it."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from channels.desk.test_directory import text
from conftest import SetClock
from domain.directory import factory as mis
from domain.roster.factory import NOW, own_clinic
from domain.scheduling.clinic_of_own import own_schedule
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.models import Offer
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
HOME = "/desk/directory/"


@pytest.fixture
def own(set_clock: SetClock) -> Iterator[None]:
    """The settings name the own schedule."""
    set_clock(NOW)
    with own_schedule():
        yield


@pytest.fixture
def client(own: None) -> Client:
    return signed_in(Role.EDITOR)


def posted(client: Client, path: str, /, **values: object) -> str:
    """Send a form that is taken; returns the address that it leads to, below the directory."""
    answer = client.post(HOME + path, {name: str(value) for name, value in values.items()})
    assert answer.status_code == 303, text(answer, 422)
    return str(answer["Location"]).removeprefix(HOME)


def refused(client: Client, path: str, /, **values: object) -> str:
    return text(client.post(HOME + path, {name: str(value) for name, value in values.items()}), 422)


def made(address: str) -> UUID:
    found = re.search(r"[0-9a-f-]{36}", address)
    assert found is not None
    return UUID(found[0])


def test_a_clinic_is_made_page_by_page_until_it_can_be_booked(client: Client) -> None:
    assert "Добавить филиал" in text(client.get(f"{HOME}branches/"))
    branch = made(posted(client, "branches/add/", name="Северный", zone="Europe/Moscow"))
    doctor = made(posted(client, "doctors/add/", family="Окулистова", given="Анна"))
    service = made(posted(client, "services/add/", name="Приём офтальмолога", minutes="30"))
    at = f"doctors/{doctor}/"
    assert "Мест работы ещё нет" in text(client.get(HOME + at))
    assert posted(client, f"{at}places/", location=branch, specialty="Офтальмология") == f"{at}?saved=1"
    assert posted(client, f"{at}services/", service=service, minutes="20") == f"{at}?saved=1"
    posted(client, f"services/{service}/prices/", amount="2 500,50")
    page = text(client.get(HOME + at))
    for words in ("Северный, офтальмология", "20 мин", "Больше не принимает", "Тестова И., 09:00"):
        assert words in page
    assert "Номера в МИС" not in page
    assert "Все врачи, все филиалы: 2 501 ₽" in text(client.get(f"{HOME}services/{service}/"))
    offer = Offer.objects.get()
    assert (offer.practitioner, offer.location, offer.service, offer.mis) == (doctor, branch, service, "own")
    assert str(offer.price) == "2500.50"


def test_what_was_typed_stays_where_it_was_refused(client: Client) -> None:
    page = refused(client, "branches/add/", name="Северный", phone="12")
    assert page.count("Заполните это поле.") == 1
    assert "Телефон из 11 цифр" in page
    assert 'value="Северный"' in page
    assert selectors.locations() == ()
    assert "Целые минуты" in refused(client, "services/add/", name="УЗИ", minutes="час")


def test_each_form_of_a_record_says_what_is_wrong(client: Client) -> None:
    clinic = own_clinic()
    at = f"doctors/{clinic.eye}/"
    assert "Выберите из списка." in refused(client, f"{at}places/", specialty="Терапия")
    assert "Напишите специальность" in refused(client, f"{at}places/", location=clinic.north)
    page = refused(client, f"{at}services/", service=clinic.visit, minutes="полчаса")
    assert ("Целые минуты" in page, 'value="полчаса"' in page) == (True, True)
    assert "Цена в рублях" in refused(client, f"services/{clinic.visit}/prices/", amount="дорого")
    assert client.post(f"{HOME}{at}places/", {"location": "x"}).status_code == 404


def test_places_services_and_prices_end_by_their_buttons(client: Client) -> None:
    clinic = own_clinic()
    role = selectors.places_of_work(clinic.eye)[0]
    (given,) = selectors.given_services(clinic.eye)
    (price,) = selectors.price_lines(clinic.visit)
    posted(client, f"doctors/{clinic.eye}/places/{role.id}/end/")
    posted(client, f"doctors/{clinic.eye}/services/{given.id}/end/")
    posted(client, f"services/{clinic.visit}/prices/{price.id}/end/")
    assert len(selectors.places_of_work(clinic.eye)) == 1
    assert (selectors.given_services(clinic.eye), selectors.price_lines(clinic.visit)) == ((), ())
    assert {each.service for each in Offer.objects.all()} != {clinic.visit}
    page = text(client.get(f"{HOME}doctors/{clinic.eye}/"))
    assert "Больше не принимает: Северный, Офтальмология" in page
    strange = client.post(f"{HOME}doctors/{clinic.north}/places/{role.id}/end/")
    assert strange.status_code == 404


def test_a_record_is_closed_after_a_question_and_opened_again(client: Client) -> None:
    clinic = own_clinic()
    at = f"doctors/{clinic.eye}/"
    assert "Закрыть запись?" in text(client.get(f"{HOME}{at}close/"))
    assert selectors.practitioner(clinic.eye).is_open
    assert posted(client, f"{at}close/", confirmed="yes") == at
    page = text(client.get(HOME + at))
    assert "Запись закрыта." in page
    assert "МИС" not in page
    assert not Offer.objects.exists()
    posted(client, f"{at}open/")
    assert selectors.practitioner(clinic.eye).is_open


def test_beside_a_mis_its_records_are_closed_there(client: Client) -> None:
    services.import_snapshot(mis.MIS, snapshot=mis.snapshot())
    eye = mis.row(Kind.PRACTITIONER, mis.EYE.id)
    page = text(client.get(f"{HOME}doctors/{eye}/"))
    assert "Закрыть запись" not in page
    assert "Расписание ведёт МИС umc" in page
    assert "Номера в МИС" in page
    assert client.post(f"{HOME}doctors/{eye}/close/").status_code == 404
    glasses = mis.row(Kind.SERVICE, mis.GLASSES.id)
    assert "Эту цену даёт МИС." in refused(client, f"services/{glasses}/prices/", amount="1")


def test_without_an_own_schedule_there_is_nothing_of_it(set_clock: SetClock) -> None:
    set_clock(NOW)
    clinic, client = own_clinic(), signed_in(Role.EDITOR)
    assert "Добавить филиал" not in text(client.get(f"{HOME}branches/"))
    page = text(client.get(f"{HOME}doctors/{clinic.eye}/"))
    assert ("Где принимает" in page, "Закрыть запись" in page) == (False, False)
    for path in ("branches/add/", f"doctors/{clinic.eye}/close/"):
        assert client.get(HOME + path).status_code == 404
    assert client.post(f"{HOME}doctors/{clinic.eye}/places/").status_code == 404


@pytest.mark.parametrize("slug", ["organizations", "specialties", "materials"])
def test_other_kinds_are_not_added(client: Client, slug: str) -> None:
    assert client.get(f"{HOME}{slug}/add/").status_code == 404


def test_only_who_edits_the_directory_makes_records(own: None) -> None:
    registrar = signed_in(Role.REGISTRAR)
    answer = registrar.post(f"{HOME}branches/add/", {"name": "Чужой", "zone": "Europe/Moscow"})
    assert answer.status_code == 403
    assert selectors.locations() == ()
