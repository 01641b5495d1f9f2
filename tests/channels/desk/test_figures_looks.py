"""«Показатели» by axe, on phone and desktop, and by the W3C's checker."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.figures_world import eye, fill
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from conftest import SetClock
from domain.scheduling.exchange.world import NOW, found_clinic
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = "/desk/figures/"


def addresses() -> tuple[str, ...]:
    return (
        PAGE,
        f"{PAGE}?since=2025-01-01&until=2025-02-01",
        f"{PAGE}?since=x&before_since=y",
        f"{PAGE}?doctor={eye()}&source=yandex",
    )


@pytest.fixture
def owner(set_clock: SetClock) -> Client:
    set_clock(NOW)
    found_clinic()
    fill()
    return signed_in(Role.CHIEF_PHYSICIAN)


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    owner: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    pages = addresses()
    with signed_in_visitor(live_server, owner, look=look, size=size) as visitor:
        assert faults_of(visitor, pages) == []


def test_every_page_is_valid(owner: Client, tmp_path: Path) -> None:
    assert markup_faults([owner.get(address).content for address in addresses()], tmp_path) == []
