"""The invented pages of a demo: all of them shown, medical ones by their doctor's word."""

import pytest
from django.test import Client

from domain.scheduling.exchange.world import found_clinic
from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import selectors, services
from feldsher.domain.editorial.models import Article, Verdict
from feldsher.domain.editorial.types import PageKind

pytestmark = pytest.mark.django_db


def test_each_invented_page_is_shown_and_none_is_made_twice() -> None:
    found_clinic()
    doctors = {card.id for card in directory.practitioners(limit=50)[0]}
    assert len(doctors) > 1
    assert services.rehearse(articles=32) == 5 + 32
    assert services.rehearse(articles=32) == 0
    assert Article.objects.live().count() == 33
    assert set(Verdict.objects.values_list("practitioner", flat=True)) == doctors
    assert selectors.section(PageKind.ARTICLE, number=2).numbers == 2
    page = Client().get("/articles/pamyatka-31/")
    assert page.status_code == 200
    assert "Вымышленная памятка № 31" in page.content.decode()
    assert "Проверил" in page.content.decode()


def test_without_doctors_there_is_no_medical_page() -> None:
    assert services.rehearse(articles=3) == 3
    assert Article.objects.count() == 0
