"""What is not there: a search, the sections, a phone; and nothing of an address that is one person's."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels.desk.factory import signed_in
from feldsher.domain.editorial.models import Redirect
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/uslugi/uzi-serdca/12345/", "/news/uzi-serdca/", "/uzi-serdca.php?q=1"])
def test_a_missing_page_offers_its_own_words_to_the_search(address: str) -> None:
    answer = Client().get(address)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "no-store"
    assert "uzi serdca" in page
    assert "12345" not in page.partition("<main")[2].partition("</main>")[0]
    for part in ('href="/doctors/"', 'href="/prices/"', 'role="search"', "Код: not_found"):
        assert part in page


@pytest.mark.parametrize(
    "address", ["/a%00b", "/media/images/%00.jpg", "/news/a%00/", "/media/images/%01.jpg"]
)
def test_an_address_that_nobody_can_type_is_not_found(address: str) -> None:
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("address", ["/visit/secretword/anotherword/x/y/", "/desk/secretword/"])
def test_words_of_a_closed_place_are_not_repeated(address: str) -> None:
    page = Client().get(address).content.decode()
    assert 'value=""' in page
    assert "secretword" not in page.partition('role="search"')[2].partition("</form>")[0]


def test_words_beside_a_closed_place_are_repeated() -> None:
    for address in ("/corporate/openword/", "/checkups/openword/x/", "/waiting/openword/"):
        assert "openword" in Client().get(address).content.decode().partition('role="search"')[2], address


def test_redirects_are_added_by_a_file_and_by_lines_and_removed() -> None:
    client = signed_in(Role.EDITOR)
    at = "/desk/pages/redirects/"
    file = SimpleUploadedFile("a.csv", "\ufeff/a/;/prices/\r\n/b/;/doctors/\r\n".encode())
    assert client.post(at, {"lines": "", "file": file}).status_code == 303
    assert client.post(at, {"lines": "/c/; /branches/"}).status_code == 303
    answer = client.post(at, {"lines": "/d/; /nothing/"})
    assert answer.status_code == 422
    assert "/d/; /nothing/" in answer.content.decode()
    assert Redirect.objects.count() == 3
    row = Redirect.objects.get(source="/a")
    assert client.get(f"{at}{row.pk}/remove/").status_code == 405
    assert client.post(f"{at}{row.pk}/remove/").status_code == 303
    assert "/prices/" not in client.get(at).content.decode().partition("<h2>Сейчас")[2]
