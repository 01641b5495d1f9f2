"""The pages of the price list by axe, on phone and desktop, and by the W3C's checker."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import LOOKS, faults_of, signed_in_visitor
from channels.desk.test_price_list import LIST
from domain.directory.factory import MIS, snapshot
from domain.directory.price_lists import good, goods, offer, offers, take
from feldsher.domain.directory import services
from feldsher.domain.directory.models import PriceListItem
from feldsher.foundation.access.roles import Role
from support.markup import markup_faults

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor() -> Client:
    services.import_snapshot(MIS, snapshot=snapshot(prices=()))
    long = "Подбор очков <сложный>, с\u00a0астигматической коррекцией и проверкой бинокулярного зрения"
    many = [good(f"m{number}", f"M-{number}") for number in range(60)]
    take(
        goods(good("g1", "A-1"), good("g2", "Z-2", name=long.replace("<", "&lt;")), good("g3"), *many),
        offers(offer("g1", 1900), offer("g2", 0)),
    )
    client = signed_in(Role.EDITOR)
    assert client.post(f"{line('g3')}ignore/").status_code == 303
    return client


def line(value: str) -> str:
    return f"{LIST}{PriceListItem.objects.get(value=value).id}/"


def pages() -> tuple[str, ...]:
    lists = (LIST, f"{LIST}?page=2", f"{LIST}?show=bound", f"{LIST}?show=ignored", f"{LIST}?q=ыыы")
    lines = (line("g1"), line("g2"), f"{line('g2')}?q=ыыы", line("g3"))
    return (*lists, *lines, "/desk/directory/missing/")


@pytest.mark.parametrize(("look", "size"), LOOKS)
def test_no_page_has_a_fault_and_nothing_sticks_out(
    editor: Client, live_server: LiveServer, look: str, size: tuple[int, int]
) -> None:
    addresses = pages()
    with signed_in_visitor(live_server, editor, look=look, size=size) as visitor:
        assert faults_of(visitor, addresses) == []


def test_every_page_is_valid(editor: Client, tmp_path: Path) -> None:
    bodies = [editor.get(address).content for address in pages()]
    bodies += [editor.post(f"{line('g2')}bind/").content]
    assert markup_faults(bodies, tmp_path) == []
