"""The choice about outside counters: nothing before it, a picture after it, never where a patient is."""

import html
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from channels.cabinet.conftest import sms
from channels.cabinet.factory import NOBODY, entered
from channels.desk.conftest import busy
from channels.desk.factory import signed_in
from channels.site.browser import AXE, CHROMIUM, browser, visit
from channels.test_every_door import DOORS, known, records
from domain.scheduling.clinic import open_clinic
from domain.scheduling.staff import EDITOR, somebody
from feldsher.channels.frontend.policy import POLICY
from feldsher.channels.site.views import visit as visit_views
from feldsher.channels.site.views import wish
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.types.brand import Counters
from feldsher.domain.passport.models import CookieChoice
from feldsher.domain.scheduling.tokens import appointment_token
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.roles import Role
from feldsher.kernel.errors import InvalidInputError
from support.markup import markup_faults, needed
from support.sms import Phones

__all__ = ["busy", "records", "sms"]
pytestmark = pytest.mark.django_db
FOREIGN = ("mc.yandex.ru", "top-fwz1.mail.ru")
COUNTED = {
    *("home", "doctors", "doctor", "services", "service", "service-branch", "branches", "branch"),
    *("specialty", "specialty-city", "specialty-metro", "specialty-branch"),
    *("prices", "checkups", "checkup", "corporate", "exams", "legal", "section", "page"),
}
OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}
SET = Counters(metrika="00000001", yandex_code="abcd1234efgh")


def counted_clinic() -> None:
    open_clinic()
    services.save_counters(SET, staff=EDITOR)


def chosen(word: str, client: Client | None = None) -> Client:
    client = client or Client()
    answer = client.post("/cookies/", {"counters": word, "next": "/doctors/"}, **OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/doctors/")
    return client


def look(client: Client, path: str = "/") -> tuple[bool, bool, bool]:
    """Return whether the page asks, whether it names a counter, whether its policy lets one in."""
    answer = client.get(path)
    assert answer.status_code == 200
    body, policy = answer.content.decode(), answer.headers["Content-Security-Policy"]
    assert "Cookie" in answer.headers["Vary"]
    assert policy.replace(f" https://{FOREIGN[0]}", "").replace(f" https://{FOREIGN[1]}", "") == POLICY
    named, let_in = FOREIGN[0] in body, FOREIGN[0] in policy
    return 'class="cookies"' in body, named, let_in


def test_a_clinic_without_a_counter_asks_nothing_and_keeps_nothing() -> None:
    open_clinic()
    assert look(Client()) == (False, False, False)
    assert "Счётчиков на\xa0этом сайте нет" in html.unescape(Client().get("/cookies/").content.decode())
    assert "cookies" not in chosen("yes").cookies
    assert CookieChoice.objects.count() == 0


def test_before_the_choice_nothing_of_a_counter_is_on_the_page() -> None:
    counted_clinic()
    assert look(Client()) == (True, False, False)


@pytest.mark.parametrize(("word", "is_agreed"), [("yes", True), ("no", False)])
def test_the_choice_is_one_cookie_and_a_fact_without_identity(word: str, *, is_agreed: bool) -> None:
    counted_clinic()
    client = chosen(word)
    assert look(client) == (False, is_agreed, is_agreed)
    assert {name: each.value for name, each in client.cookies.items()}["cookies"] == f"{word}.metrika"
    assert client.cookies["cookies"]["httponly"]
    fact = CookieChoice.objects.get()
    assert (fact.is_agreed, fact.counters) == (is_agreed, "metrika")
    assert {field.name for field in CookieChoice._meta.get_fields()} == {"id", "is_agreed", "counters", "at"}


def test_the_choice_can_be_changed() -> None:
    counted_clinic()
    client = chosen("no", chosen("yes"))
    assert look(client) == (False, False, False)
    assert "Вы\xa0отказались" in html.unescape(client.get("/cookies/").content.decode()).replace(" ", "\xa0")
    assert CookieChoice.objects.count() == 2


def test_the_same_choice_again_is_no_new_fact_and_keeps_its_cookie_for_another_year() -> None:
    counted_clinic()
    client = chosen("yes", chosen("yes"))
    assert (client.cookies["cookies"].value, CookieChoice.objects.count()) == ("yes.metrika", 1)
    assert client.cookies["cookies"]["max-age"] == 365 * 24 * 3600


def test_a_counter_that_was_set_later_is_asked_about_and_one_that_was_taken_away_is_not() -> None:
    counted_clinic()
    client = chosen("yes")
    services.save_counters(Counters(metrika="1", mail_ru="2"), staff=EDITOR)
    assert look(client) == (True, False, False)
    chosen("yes", client)
    services.save_counters(SET, staff=EDITOR)
    assert look(client) == (False, True, True)


@pytest.mark.parametrize("value", ["", "yes", "yes.", "maybe.metrika", "yes.mail_ru", "yes.metrikaX"])
def test_a_cookie_that_says_something_else_is_no_choice(value: str) -> None:
    counted_clinic()
    client = Client()
    client.cookies["cookies"] = value
    assert look(client) == (True, False, False)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_ORIGIN": "https://evil.example"},
    ],
)
def test_another_site_chooses_for_nobody(said: dict[str, str]) -> None:
    counted_clinic()
    client = Client(enforce_csrf_checks=True)
    assert client.post("/cookies/", {"counters": "yes"}, **said).status_code == 403
    assert "cookies" not in client.cookies
    assert CookieChoice.objects.count() == 0


def test_an_old_browser_is_known_by_its_origin_and_an_answer_is_one_of_two() -> None:
    counted_clinic()
    client = Client(enforce_csrf_checks=True)
    own = {"HTTP_ORIGIN": "http://testserver"}
    assert client.post("/cookies/", {"counters": "perhaps"}, **own).status_code == 422
    answer = client.post("/cookies/", {"counters": "yes", "next": "//evil.example/"}, **own)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_codes_of_search_engines_stand_on_the_first_page_alone() -> None:
    counted_clinic()
    said = '<meta name="yandex-verification" content="abcd1234efgh">'
    assert said in Client().get("/").content.decode()
    assert "yandex-verification" not in Client().get("/doctors/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metrika", "12a"),
        ("metrika", "<script>"),
        ("metrika", "1" * 13),
        ("metrika", "١٢٣"),
        ("mail_ru", "1;js=na"),
        ("yandex_code", "short"),
        ("yandex_code", '"><script src=x>'),
        ("google_code", "a" * 101),
    ],
)
def test_only_numbers_and_codes_are_taken(field: str, value: str) -> None:
    open_clinic()
    with pytest.raises(InvalidInputError) as refused:
        services.save_counters(Counters(**{field: value}), staff=EDITOR)
    assert list(refused.value.fields) == [field]
    assert selectors.brand().counters == Counters()


def test_who_does_not_edit_the_site_sets_no_counter() -> None:
    with pytest.raises(ForbiddenError):
        services.save_counters(SET, staff=somebody(Role.CHIEF_PHYSICIAN))


def test_an_editor_sets_counters_at_the_desk_and_sees_what_was_chosen() -> None:
    counted_clinic()
    chosen("yes")
    chosen("no")
    chosen("no")
    editor = signed_in(Role.EDITOR)
    sent = {"metrika": " 42 ", "mail_ru": "", "yandex_code": "", "google_code": ""}
    wrong = editor.post("/desk/counters/", {**sent, "mail_ru": "<b>"})
    assert (wrong.status_code, 'value="&lt;b&gt;"' in wrong.content.decode()) == (422, True)
    assert editor.post("/desk/counters/", sent).status_code == 303
    assert selectors.brand().counters == Counters(metrika="42")
    page = editor.get("/desk/counters/").content.decode()
    assert "<dt>Согласились</dt><dd>1</dd>" in page
    assert "<dt>Отказались</dt><dd>2</dd>" in page
    assert "Изменено: Тестова И." in html.unescape(page)


@pytest.mark.slow
def test_no_door_but_the_open_pages_lets_a_counter_in(records: dict, busy, sms: Phones) -> None:  # type: ignore[no-untyped-def, type-arg]  # noqa: ANN001 - as in test_every_door
    """Whoever agreed opens every address: as a patient with each secret, in the cabinet, and as staff."""
    services.save_counters(Counters(metrika="1", mail_ru="2"), staff=EDITOR)
    patient = entered(sms, NOBODY)
    patient.cookies[visit_views.PAGE.cookie] = patient.cookies[wish.PAGE.cookie] = appointment_token(
        busy.silent
    )
    staff = signed_in(Role.REGISTRAR, Role.EDITOR, Role.CHIEF_PHYSICIAN)
    found, opened = set(), []
    for client in (patient, staff, Client()):
        chosen("yes", client)
        for door in DOORS:
            answer = client.get(door.address(known(records)))
            said = answer.content.decode(errors="replace") if not answer.streaming else ""
            policy = answer.headers.get("Content-Security-Policy", "")
            opened += [door.name] * (answer.status_code == 200)
            if any(host in said or host in policy for host in FOREIGN):
                found.add(door.name)
    assert found == COUNTED & set(opened)
    assert found >= {"home", "doctors", "services", "branches", "prices", "checkups", "legal"}
    assert len(opened) > 60
    doctor = selectors.practitioners()[0][0]
    assert look(chosen("yes"), f"/doctors/{doctor.id}/") == (False, True, True)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [(320, 640), (390, 844), (1280, 800)])
def test_a_browser_asks_nobody_else_before_the_choice_and_a_picture_after_it(
    live_server: LiveServer, size: tuple[int, int]
) -> None:
    needed(CHROMIUM, "no chromium: apt-get install chromium")
    needed(AXE, "no axe: npm ci --prefix frontend/checks")
    counted_clinic()
    connection.close()
    with browser() as started:
        visitor = visit(started, live_server.url, size=size)
        page, asked = visitor.page, []
        page.add_init_script("delete Navigator.prototype.serviceWorker")  # a worker hides requests from route
        page.context.route(re.compile("^https:"), lambda route: route.abort())
        page.on("request", lambda each: asked.append(each) if visitor.host not in each.url[:40] else None)
        page.goto("/prices/?q=тайна")
        assert (visitor.faults(), visitor.overflow()) == ([], 0)
        yes, no = page.get_by_role("button", name="Принять"), page.get_by_role("button", name="Отклонить")
        one, two = yes.bounding_box(), no.bounding_box()
        assert one is not None
        assert two is not None
        assert (one["width"], one["height"], one["y"]) == (two["width"], two["height"], two["y"])
        styles = "node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
        assert yes.evaluate(styles) == no.evaluate(styles)
        page.get_by_role("link", name="Подробнее").click()
        assert (visitor.faults(), visitor.overflow()) == ([], 0)
        visitor.check()
        assert asked == []
        with page.expect_request(re.compile("^https:")):
            page.locator("main").get_by_role("button", name="Принять").click()
        expect(page.locator("[data-counter]")).to_have_count(1)
        expect(page.locator(".cookies")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        counted = f"http%3A%2F%2F{visitor.host.replace(':', '%3A')}%2Fprices%2F"
        assert [each.url for each in asked] == [f"https://mc.yandex.ru/watch/00000001?page-url={counted}"]
        assert asked[0].headers["referer"] == f"http://{visitor.host}/"
        for private in ("/call/", "/cookies/", "/lk/"):
            page.goto(private)
            page.wait_for_load_state("networkidle")
        assert len(asked) == 1
        assert [
            each for each in visitor.problems if "mc.yandex.ru" not in each and "ERR_FAILED" not in each
        ] == []


@pytest.mark.slow
def test_the_markup_has_no_error(tmp_path: Path) -> None:
    counted_clinic()
    bodies = [Client().get("/").content, Client().get("/cookies/").content]
    bodies += [chosen("yes").get("/").content, signed_in(Role.EDITOR).get("/desk/counters/").content]
    assert markup_faults(bodies, tmp_path) == []


def test_a_call_is_asked_for_where_no_legal_entity_has_a_name() -> None:
    open_clinic()
    assert Client().get("/call/").status_code == 200
