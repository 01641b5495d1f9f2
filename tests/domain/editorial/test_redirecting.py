"""Old addresses lead to pages of this site, where the site itself has nothing."""

import pytest
from django.test import Client

from domain.editorial.factory import published, staff
from feldsher.domain.editorial import gateways, selectors, services
from feldsher.domain.editorial.models import Redirect
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> Staff:
    return staff("editor", Role.EDITOR)


def refused(text: str, editor: Staff) -> str:
    with pytest.raises(InvalidInputError) as found:
        services.add_redirects(text, staff=editor)
    return found.value.fields["lines"]


def test_lines_are_added_at_once_and_each_is_followed_by_301(editor: Staff) -> None:
    published()
    text = "/o-klinike.html; /news/proba/\nhttps://old.example/vrachi/,/doctors/\n\n/старое/\t/prices/"
    assert services.add_redirects(text, staff=editor) == 3
    for old, new in (
        ("/o-klinike.html", "/news/proba/"),
        ("/vrachi", "/doctors/"),
        ("/vrachi/", "/doctors/"),
        ("/%D1%81%D1%82%D0%B0%D1%80%D0%BE%D0%B5/?id=5", "/prices/"),
    ):
        answer = Client().get(old)
        assert (answer.status_code, answer["Location"]) == (301, new)
    assert all(line.used_on for line in selectors.redirects(editor))
    services.remove_redirect(Redirect.objects.get(source="/vrachi").pk, staff=editor)
    assert Client().get("/vrachi/").status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/old/; /nothing/", "страницы /nothing/ на\u00a0сайте нет"),
        ("/old/; https://other.example/a/", "other.example"),
        ("/old/; //other.example/a/", "other.example"),
        ("/old/; javascript:alert(1)", "не\u00a0адрес"),
        ("/old/; /desk/", "страницы /desk/ на\u00a0сайте нет"),
        ("/doctors/; /prices/", "сайт уже отвечает"),
        ("/doctors; /prices/", "сайт уже отвечает"),
        ("/desk/sign-in/; /prices/", "сайт уже отвечает"),
        ("/news/proba/; /prices/", "сайт уже отвечает"),
        ("/old/?id=5; /prices/", "не\u00a0нужны"),
        ("/old/", "нужны два адреса"),
        ("/prices/; /prices/", "сам на\u00a0себя"),
        ("/old/; /prices/\n/old; /doctors/", "Строка 2"),
        ("", "хотя бы одну"),
        ("/o%00ld/; /prices/", "не\u00a0адрес"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_added(editor: Staff, text: str, said: str) -> None:
    published()
    assert said in refused(f"/good/; /branches/\n{text}" if text and "Строка" not in said else text, editor)
    assert Redirect.objects.count() == 0


def test_chains_are_refused_with_those_that_are_there_already(editor: Staff) -> None:
    row = published()
    services.add_redirects("/a/; /news/proba/", staff=editor)
    row.unpublish()
    assert "сразу туда" in refused("/news/proba/; /prices/", editor)
    services.add_redirects("/a/; /prices/", staff=editor)
    services.add_redirects("/news/proba/; /prices/", staff=editor)
    assert Client().get("/news/proba/")["Location"] == "/prices/"


def test_a_list_is_counted_before_it_is_read_and_each_page_is_asked_for_once(
    editor: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    site = gateways.addresses()

    class Counting:
        def status(self, path: str) -> int:
            asked.append(path)
            return site.status(path)

    monkeypatch.setattr(gateways, "_addresses", [Counting()])
    assert "не больше 200" in refused("\n".join(f"/a{n}/; /prices/" for n in range(201)), editor)
    assert asked == []
    assert services.add_redirects("\n".join(f"/a{n}/; /prices/" for n in range(5)), staff=editor) == 5
    assert asked.count("/prices/") == 1
    assert {(line.author, line.used_on) for line in selectors.redirects(editor)} == {("editor", None)}


def test_a_page_comes_before_any_redirect(editor: Staff) -> None:
    services.add_redirects("/news/proba/; /prices/", staff=editor)
    assert Client().get("/news/proba/").status_code == 301
    published()
    assert Client().get("/news/proba/").status_code == 200


def test_nobody_else_adds_or_removes_one() -> None:
    nurse = staff("nurse", Role.NURSE)
    with pytest.raises(ForbiddenError):
        services.add_redirects("/a/; /prices/", staff=nurse)
    with pytest.raises(ForbiddenError):
        selectors.redirects(nurse)
