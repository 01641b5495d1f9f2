"""«Версия для слабовидящих»: what a cookie may say, and that the choice reaches the first byte."""

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from feldsher.channels.frontend.look import Look, look_of
from feldsher.conf.environment import SiteSettings

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


def test_a_clinics_own_name_logo_and_hue_are_in_every_page(client: Client, settings: Settings) -> None:
    settings.FELDSHER_SITE = SiteSettings(name="Моя клиника", hue=250, logo="/static/own.svg")
    page = client.get("/call/").content.decode()
    for words in ("<span>Моя клиника</span>", 'href="/look/250.css"', '<img src="/static/own.svg" alt=""'):
        assert words in page
    css = client.get("/look/250.css")
    assert css.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in css.headers["Cache-Control"]
    assert b"--brand:#" in css.content
    assert client.post("/look/250.css").status_code == 405
