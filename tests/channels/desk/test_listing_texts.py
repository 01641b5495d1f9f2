"""Templates of listing pages: saved whole or not at all, ours again when empty, the editor's alone."""

import pytest
from django.test import Client

from channels.desk.factory import signed_in
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import Brand
from feldsher.domain.directory.types.listings import DEFAULT_TEXTS
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
ADDRESS = "/desk/site/listings/"


@pytest.fixture
def editor() -> Client:
    return signed_in(Role.EDITOR)


def test_ours_stand_in_the_form_until_somebody_writes_others(editor: Client) -> None:
    page = editor.get(ADDRESS)
    assert page.status_code == 200
    assert "Терапевт у метро Условная" in page.content.decode()
    sent = {"specialty_metro-heading": "{specialty} рядом с метро {metro}", "specialty-title": ""}
    assert editor.post(ADDRESS, sent).headers["Location"] == f"{ADDRESS}?saved=1"
    assert Brand.objects.get().listing_texts == {
        "specialty_metro": {"heading": "{specialty} рядом с метро {metro}"}
    }
    assert "Терапевт рядом с метро Условная" in editor.get(ADDRESS).content.decode()
    changed = [text for text in selectors.brand().texts if text not in DEFAULT_TEXTS]
    assert [text.kind.value for text in changed] == ["specialty_metro"]
    editor.post(ADDRESS, {"specialty_metro-heading": " "})
    assert selectors.brand().texts == DEFAULT_TEXTS


def test_a_wrong_word_saves_nothing_and_what_was_typed_stays(editor: Client) -> None:
    sent = {"specialty-title": "{metro} и ещё", "specialty-heading": "Хорошо"}
    answer = editor.post(ADDRESS, sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Слова {metro} здесь нет" in page
    assert "{metro} и ещё" in page
    assert not Brand.objects.exists()


def test_the_brand_that_was_saved_stays(editor: Client) -> None:
    editor.post("/desk/site/", {"name": "Примерная клиника", "hue": "25", "act": "save"})
    editor.post(ADDRESS, {"specialty-heading": "Врачи: {specialty}"})
    editor.post("/desk/site/", {"name": "Примерная клиника", "hue": "26", "act": "save"})
    brand = selectors.brand()
    assert (brand.name, brand.hue) == ("Примерная клиника", 26)
    assert brand.texts[0].heading == "Врачи: {specialty}"
