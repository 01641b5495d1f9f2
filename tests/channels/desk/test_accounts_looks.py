"""«Сверка с 1С» by axe, on phone and desktop, and by the W3C's checker."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from channels.desk.test_accounts import PAGE, fill
from conftest import SetClock
from domain.accounting.conftest import books
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

__all__ = ["books"]
pytestmark = [
    *(pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)),
    pytest.mark.usefixtures("books"),
]
PAGES = (PAGE, f"{PAGE}?page=9", f"{PAGE}?show=all", f"{PAGE}?show=all&q=ыыы")


@pytest.fixture
def cashier(set_clock: SetClock) -> Client:
    fill(set_clock)
    return signed_in(Role.CASHIER)


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    cashier: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    with signed_in_visitor(live_server, cashier, look=look, size=size) as visitor:
        assert faults_of(visitor, PAGES) == []


def test_every_page_is_valid(cashier: Client, tmp_path: Path) -> None:
    bodies = [cashier.get(address).content for address in PAGES]
    bodies += [signed_in(Role.CHIEF_PHYSICIAN, login="klara").get(PAGE).content]
    assert markup_faults(bodies, tmp_path) == []
