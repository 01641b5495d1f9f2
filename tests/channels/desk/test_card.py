"""A card site without a MIS: editors keep its records on the desk, registrars call people back."""

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from channels.desk.factory import entered, signed_in
from channels.desk.test_directory import text
from channels.desk.test_own_records import HOME, made, posted
from conftest import SetClock
from domain.roster.factory import NOW
from domain.scheduling.clinic_of_own import looks
from feldsher.conf.kinds import BOOKING, CARD, KINDS
from feldsher.domain.directory import selectors
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.scheduling import gateways, jobs
from feldsher.domain.scheduling import services as scheduling
from feldsher.foundation.access.roles import Role
from feldsher.foundation.alarms.selectors import recent_alarms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def card(set_clock: SetClock, settings: Settings) -> Iterator[None]:
    """The settings name no MIS and no booking."""
    set_clock(NOW)
    settings.FELDSHER_MODULES = KINDS[CARD]
    bound = {mis: gateways.gateway(mis) for mis in gateways.all_mis()}
    gateways.bind({})
    yield
    gateways.bind(bound)


def shown(address: str) -> str:
    return text(Client().get(address))


def test_an_editor_makes_branch_doctor_service_and_price_and_changes_it() -> None:
    client = signed_in(Role.EDITOR)
    branch = made(posted(client, "branches/add/", name="Северный", zone="Europe/Moscow"))
    doctor = made(posted(client, "doctors/add/", family="Окулистова", given="Анна"))
    service = made(posted(client, "services/add/", name="Приём офтальмолога", minutes="30"))
    posted(client, f"doctors/{doctor}/places/", location=branch, specialty="Офтальмология")
    posted(client, f"doctors/{doctor}/services/", service=service, minutes="20")
    posted(client, f"services/{service}/prices/", amount="2 500")
    pages = (
        "/prices/",
        f"/services/{service}/",
        f"/doctors/{doctor}/",
        f"/services/{service}/branch/{branch}/",
    )
    assert ["2 500 ₽" in shown(page) for page in pages] == [True] * 4
    assert "Северный" in shown("/branches/")
    posted(client, f"services/{service}/prices/", amount="2 700")
    assert [("2 500" in shown(page), "2 700 ₽" in shown(page)) for page in pages] == [(False, True)] * 4
    (line,) = selectors.price_lines(service)
    posted(client, f"services/{service}/prices/{line.id}/end/")
    assert "2 700" not in shown("/prices/")
    posted(client, f"doctors/{doctor}/", **_fields(client, doctor, family="Иная"))
    assert "Иная Анна" in shown(f"/doctors/{doctor}/")


def _fields(client: Client, doctor: object, **changed: str) -> dict[str, str]:
    """Return a doctor's form as it is served, with some fields written anew."""
    page = text(client.get(f"{HOME}doctors/{doctor}/"))
    assert 'name="was-family" value="Окулистова"' in page
    return {"was-family": "Окулистова", "was-given": "Анна", "given": "Анна", **changed}


def test_a_booking_site_without_a_mis_lets_nobody_make_records(settings: Settings) -> None:
    """The control: where one books, the own schedule has to be named."""
    settings.FELDSHER_MODULES = KINDS[BOOKING]
    client = signed_in(Role.EDITOR)
    assert client.get(f"{HOME}branches/add/").status_code == 404


def test_a_worker_asks_nobody_for_times_and_raises_no_alarm_of_an_exchange() -> None:
    for job in (jobs.sync_all, jobs.reconcile_all, jobs.import_directories, jobs.raise_alarms):
        job(timestamp=0)
    assert (looks(), recent_alarms()) == ([], ())
    page = text(signed_in(Role.SYSTEM_ADMIN).get("/desk/sync/"))
    assert (page.count("Тревоги"), "Тревог нет." in page, "МИС" in page) == (3, True, False)


def test_a_call_that_was_asked_for_on_a_card_site_is_called_back() -> None:
    registrar = signed_in(Role.REGISTRAR)
    assert "Небывалова" not in text(registrar.get("/desk/"))
    patients.publish_consent_text(
        Purpose.BOOKING, version="of-test", body="Согласие {operator}.", valid_from=NOW
    )
    scheduling.request_call(name="Небывалова", phone="+7 921 000-01-02", topic="Окулист", channel="site")
    assert "Небывалова" in text(entered("vera").get("/desk/"))
