"""What 1С says stands where a patient reads it, and where an application asks."""

import html

import pytest
from django.test import Client

from channels.exchange.conftest import Base
from domain.directory.factory import EYE, FIRST_VISIT, GLASSES, row
from feldsher.domain.directory import services
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.services import rebuild_offers
from testbench.commerceml.export import Line, goods_file, offers_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clinic", "worker")]


def doctor_s_page() -> str:
    answer = Client().get(f"/doctors/{row(Kind.PRACTITIONER, EYE.id)}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode()).replace("\u00a0", " ")


def test_the_price_of_1c_stands_on_the_doctor_s_page_and_zero_is_to_be_cleared(base: Base) -> None:
    for name in ("loc-north", "loc-south"):
        target = row(Kind.LOCATION, name)
        services.set_overlay(Kind.LOCATION, target=target, field="zone", value="Europe/Moscow", author="a")
    rebuild_offers()
    assert "3 450 ₽" not in doctor_s_page()
    lines = [Line("g1", FIRST_VISIT.name, "A-1", "3450"), Line("g2", GLASSES.name, "A-2", "0.00")]
    base().exchange({"import.xml": goods_file(lines), "offers.xml": offers_file(lines)})
    page = doctor_s_page()
    assert "3 450 ₽" in page
    assert "цена уточняется" in page
