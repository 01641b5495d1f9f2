"""C30: the headers of every page, state and address, scored; and each header where it has to be."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from channels.desk.conftest import Busy, busy
from channels.desk.factory import PASSWORD
from channels.desk.test_looks import pages as desk_pages
from channels.site.conftest import answers, clinic
from channels.site.factory import HOLD, appointment
from channels.site.states import every_state
from feldsher.channels.frontend.assets import asset, integrity_of
from feldsher.conf.environment import origin_of
from feldsher.domain.scheduling.types import State
from feldsher.foundation.access import services
from feldsher.foundation.access.roles import Role
from support.addresses import addresses
from support.observatory import directives, score

__all__ = ["answers", "busy", "clinic"]
AIM = 130
INLINE = re.compile(
    r"<script(?![^>]*(?:\bsrc=|\btype=\"application/ld\+json\"))|\son[a-z]+=\"|\sstyle=\"|javascript:",
    re.IGNORECASE,
)
"""What would run in a page by itself; a block of data for search engines does not."""
Put = Callable[..., Any]


class Seen(Client):
    """A browser over https that keeps all answers."""

    def __init__(self) -> None:
        super().__init__(raise_request_exception=False)
        self.answers: list[tuple[str, HttpResponse]] = []

    def request(self, **request: Any) -> Any:
        response = super().request(**{**request, "wsgi.url_scheme": "https", "SERVER_PORT": "443"})
        self.answers.append((f"{request.get('REQUEST_METHOD')} {request.get('PATH_INFO')}", response))
        return response


@pytest.fixture
def https(settings: Settings) -> Settings:
    """The settings of a site whose address is https."""
    settings.SITE_URL = "https://clinic.example"
    settings.CSRF_COOKIE_SECURE = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_NAME = "__Host-csrftoken"
    return settings


def poor(seen: Seen) -> list[Any]:
    """Return the answers below the aim, each with what took the points."""
    found = []
    for name, response in seen.answers:
        reached, given = score(response)
        framed = directives(response.headers["Content-Security-Policy"]).get("frame-ancestors")
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if reached < (AIM if is_page else 100) or framed != {"'none'"}:
            found.append((name, response.status_code, reached, given))
    return found


def test_c30_the_score_takes_points_where_a_header_is_missing_or_weak() -> None:
    bare = HttpResponse("<script>1</script>")
    bare.set_cookie("a", "b")
    taken = {"policy": -25, "cookies": -20, "transport": -20, "sniffing": -5, "frames": -20}
    assert score(bare) == (10, {"cors": 0, "referrer": 0, "resource": 0, "integrity": 0, **taken})
    weak = HttpResponse("", headers={"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"})
    assert score(weak)[1]["policy"] == -20
    assert directives("default-src 'none'; script-src 'self'") == {
        "default-src": {"'none'"},
        "script-src": {"'self'"},
    }


def test_c30_every_state_of_the_site(clinic: Put, https: Settings) -> None:
    https.DEMO = True
    client = Seen()
    client.cookies["__Host-device"] = "d" * 32
    assert len(every_state(client, clinic)) > 40
    assert len(client.answers) > 50
    assert poor(client) == []
    for name, response in client.answers:
        assert INLINE.search(response.content.decode()) is None, name


@pytest.mark.django_db
def test_c30_every_address(https: Settings) -> None:
    client = Seen()
    for path in addresses():
        client.get(path)
        client.post(path, {}, content_type="application/json")
    assert len(client.answers) > 120
    assert poor(client) == []


def test_c30_every_page_of_staff(busy: Busy, https: Settings) -> None:
    services.create_staff("vera", password=PASSWORD, name="Тестова И.", roles=tuple(Role))
    client = Seen()
    client.post("/desk/sign-in/", {"login": "vera", "password": PASSWORD})
    # The editor of pages is Wagtail's: its policy is told in desk/test_editorial.
    walked = [
        path
        for path in addresses()
        if path.startswith("/desk/") and "sign-" not in path and not path.startswith("/desk/editorial/")
    ]
    for path in (*desk_pages(busy), *walked):
        client.get(path)
    fine = [response for _, response in client.answers if response.status_code == 200]
    assert len(fine) > 15
    assert poor(client) == []
    for name, response in client.answers:
        assert response.headers["Cache-Control"] == "no-store", name
        assert response.headers["Referrer-Policy"] == "no-referrer", name
        assert INLINE.search(response.content.decode()) is None, name


def test_c30_a_built_file_has_them_too(https: Settings) -> None:
    request = RequestFactory().get(asset("site.css"), secure=True)
    handler = WSGIHandler()
    response = handler.get_response(request)
    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"
    assert "Access-Control-Allow-Origin" not in response.headers
    response.close()


def test_c30_transport_is_not_promised_where_the_site_has_none(client: Client, clinic: Put) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_c30_a_public_page_may_name_its_origin_and_a_visit_nothing(clinic: Put, client: Client) -> None:
    assert client.get("/").headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    for path in (
        "/visit/00000000-0000-4000-8000-000000000001/",
        "/booking/00000000-0000-4000-8000-000000000001/",
    ):
        answer = client.get(path)
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == (
            "no-referrer",
            "no-store",
        )


def test_c30_scripts_may_make_markup_by_one_policy_only(clinic: Put, client: Client) -> None:
    answer = client.get("/")
    policy = directives(answer.headers["Content-Security-Policy"])
    assert policy["script-src"] == {"'self'"}
    assert policy["require-trusted-types-for"] == {"'script'"}
    assert policy["trusted-types"] == {"own"}
    assert integrity_of("site.js").startswith("sha384-")
    assert f'integrity="{integrity_of("site.js")}"' in answer.content.decode()
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
def test_c30_signing_out_clears_what_the_browser_kept(client: Client) -> None:
    answer = client.post("/desk/sign-out/")
    assert '"cache"' in answer.headers["Clear-Site-Data"]


def test_c30_the_secret_of_a_visit_goes_to_its_own_pages_over_https(clinic: Put, https: Settings) -> None:
    asked = clinic("selectors", "appointment", appointment(State.BOOKED))
    client = Seen()
    cookie = client.get(f"/visit/{HOLD}/secret/").cookies["__Secure-visit"]
    assert (cookie["secure"], cookie["path"]) == (True, f"/visit/{HOLD}/")
    client.get(f"/visit/{HOLD}/")
    assert asked.call_args.kwargs == {"token": "secret"}


def test_c30_cookies_of_an_https_site_are_bound_to_its_host(clinic: Put, https: Settings) -> None:
    client = Seen()
    answer = client.post("/look/", {"scheme": "dark"})
    cookie = answer.cookies["__Host-look"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (
        True,
        True,
        "Lax",
        "/",
    )
    assert not cookie["domain"]
    assert 'data-look="dark"' in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 303), (None, 303), ("cross-site", 403), ("same-site", 403)]
)
def test_c30_a_form_of_a_page_without_referrer_is_taken_from_this_site_only(
    clinic: Put, site: str | None, status: int
) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/look/").content.decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    headers = {"Origin": "null"} | ({"Sec-Fetch-Site": site} if site else {})
    answer = client.post("/look/", {"csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == status
    assert client.post("/look/", headers=headers).status_code == 403


def test_c30_the_origin_of_an_https_site_is_trusted_behind_a_proxy() -> None:
    assert origin_of("https://clinic.example/") == "https://clinic.example"
    assert live_settings.CSRF_TRUSTED_ORIGINS == []
