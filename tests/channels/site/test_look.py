"""«Версия для слабовидящих»: what a cookie may say, and that the choice reaches the first byte."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from feldsher.channels.frontend.look import Look, look_of
from feldsher.domain.directory.types.brand import BrandCard, LogoFile, LogoType
from feldsher.kernel.errors import NotFoundError

Put = Callable[..., Any]
CHOICE = {"scheme": "contrast-dark", "size": "150", "spacing": "wide", "images": "off"}

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.mark.parametrize(
    ("cookie", "look"),
    [
        ("contrast-light.200..", Look(scheme="contrast-light", size="200")),
        ("contrast-light.200", Look(scheme="contrast-light", size="200")),
        ("dark.125.wide.off.more", Look("dark", "125", "wide", "off")),
        ('"><script>.999.x.y', Look()),
        ("", Look()),
    ],
)
def test_a_cookie_may_say_only_what_was_offered(cookie: str, look: Look) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["look"] = cookie
    assert look_of(request) == look


def test_a_choice_is_kept_and_returns_to_where_one_was(client: Client) -> None:
    response = client.post("/look/", {**CHOICE, "next": "/doctors/?page=2"})
    assert (response.status_code, response.headers["Location"]) == (303, "/doctors/?page=2")
    cookie = response.cookies["look"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == (
        "contrast-dark.150.wide.off",
        "Lax",
        True,
    )
    page = client.get("/call/").content.decode()
    assert (
        '<html lang="ru" data-look="contrast-dark" data-size="150" data-spacing="wide" data-images="off">'
        in page
    )
    assert "checked" in client.get("/look/").content.decode()


def test_the_usual_look_leaves_no_cookie(client: Client) -> None:
    client.cookies["look"] = "dark..."
    response = client.post("/look/", {"next": "/"})
    assert response.cookies["look"].value == ""
    assert response.cookies["look"]["max-age"] == 0


@pytest.mark.parametrize("foreign", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", ""])
def test_the_way_back_is_never_another_site(client: Client, foreign: str) -> None:
    assert client.post("/look/", {"next": foreign}).headers["Location"] == "/"


def test_pages_that_differ_by_cookie_say_so(client: Client) -> None:
    assert "Cookie" in client.get("/call/").headers["Vary"]


def test_a_clinics_own_name_logo_and_hue_are_in_every_page(client: Client, answers: Put) -> None:
    answers("directory", "brand", BrandCard("Моя клиника", 250, "abc.svg"))
    page = client.get("/call/").content.decode()
    for words in ("<span>Моя клиника</span>", 'href="/look/250.css"', '<img src="/logo/abc.svg" alt=""'):
        assert words in page
    css = client.get("/look/250.css")
    assert css.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in css.headers["Cache-Control"]
    assert b"--brand:#" in css.content
    assert client.post("/look/250.css").status_code == 405


def test_a_clinic_that_chose_nothing_gets_our_sign_and_colour(client: Client) -> None:
    page = client.get("/call/").content.decode()
    assert "#mark" in page
    assert "<span>ООО «Примерная клиника»</span>" in page
    assert 'href="/look/2' not in page


@pytest.mark.parametrize(
    ("kind", "media"),
    [(LogoType.PNG, "image/png"), (LogoType.WEBP, "image/webp"), (LogoType.SVG, "image/svg+xml")],
)
def test_a_logo_is_kept_for_ever_and_may_do_nothing(
    client: Client, answers: Put, kind: LogoType, media: str
) -> None:
    answers("directory", "logo", LogoFile(b"drawing", kind))
    response = client.get(f"/logo/abc.{kind}")
    assert (response.content, response["Content-Type"]) == (b"drawing", media)
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (
        response["Content-Security-Policy"]
        == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    )
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_old_logo_is_not_found(client: Client, answers: Put) -> None:
    answers("directory", "logo", NotFoundError())
    assert client.get("/logo/abc.svg").status_code == 404
