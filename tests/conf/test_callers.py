"""C37: behind a named proxy each caller is one caller; from anywhere else nobody says who they are."""

from ipaddress import ip_network

import pytest
from django.test import Client
from pytest_django import Settings

from feldsher.conf.environment import LimitSettings
from feldsher.foundation.access.models import StaffSession, User

PROXY, PATIENT, OTHER = "10.0.0.7", "93.184.216.34", "93.184.216.35"
SPECIALTIES = "/api/v1/specialties"
PASSWORD = "a long enough password"
pytestmark = pytest.mark.django_db


@pytest.fixture
def behind_a_proxy(settings: Settings) -> None:
    settings.FELDSHER_TRUSTED_PROXIES = (ip_network("10.0.0.0/24"),)
    settings.FELDSHER_LIMITS = LimitSettings(address_reads=2)


def read(client: Client, peer: str, *, says: str) -> int:
    return client.get(SPECIALTIES, REMOTE_ADDR=peer, headers={"X-Forwarded-For": says}).status_code


def test_c37_each_caller_behind_a_proxy_has_a_count_of_its_own(behind_a_proxy: None) -> None:
    client = Client()
    assert [read(client, PROXY, says=PATIENT) for _ in range(3)] == [200, 200, 429]
    assert [read(client, PROXY, says=f"{number}.1.1.1, {PATIENT}") for number in (1, 8)] == [429, 429]
    assert read(client, PROXY, says=OTHER) == 200


def test_c37_who_is_no_proxy_does_not_change_addresses(behind_a_proxy: None) -> None:
    client = Client()
    assert [read(client, PATIENT, says=f"{number}.1.1.1") for number in range(1, 4)] == [200, 200, 429]
    assert read(client, PROXY, says=PATIENT) == 429


def test_c37_where_no_proxy_is_named_the_header_is_not_read(settings: Settings) -> None:
    settings.FELDSHER_LIMITS = LimitSettings(address_reads=2)
    client = Client()
    assert [read(client, PATIENT, says=f"{number}.1.1.1") for number in range(1, 4)] == [200, 200, 429]


def test_a_session_of_staff_names_whom_the_proxy_has_seen(behind_a_proxy: None) -> None:
    User.objects.create_user("vera", password=PASSWORD, name="Тестова И.")
    answer = Client().post(
        "/desk/sign-in/",
        {"login": "vera", "password": PASSWORD},
        REMOTE_ADDR=PROXY,
        headers={"X-Forwarded-For": f"8.8.8.8, {PATIENT}"},
    )
    assert answer.status_code == 303
    assert [session.network for session in StaffSession.objects.all()] == [PATIENT]
