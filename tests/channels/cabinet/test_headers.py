"""C30: the headers of every page of the cabinet over https, scored like those of the other doors."""

from uuid import UUID, uuid4

from pytest_django import Settings

from channels.cabinet.factory import CODE, ENTER, HOME, LEAVE, PETER
from conf.test_headers import INLINE, Seen, https, poor
from support.sms import Phones

__all__ = ["https"]


def test_c30_every_page_of_the_cabinet(visit: UUID, sms: Phones, https: Settings) -> None:
    browser = Seen()
    browser.get(HOME)
    browser.post(CODE, {"phone": PETER})
    browser.post(ENTER, {"phone": PETER, "phone_proof": "000000"})
    browser.post(ENTER, {"phone": PETER, "phone_proof": sms.code()})
    for each in (visit, uuid4()):
        browser.get(f"/lk/visits/{each}/cancel/")
    for path in (HOME, "/lk/opened/", "/lk/devices/"):
        browser.get(path)
    browser.post(LEAVE)
    assert [answer.status_code for _, answer in browser.answers].count(200) == 6
    assert poor(browser) == []
    for name, answer in browser.answers:
        assert answer.headers["Cache-Control"] == "no-store", name
        assert answer.headers["Referrer-Policy"] == "no-referrer", name
        assert INLINE.search(answer.content.decode()) is None, name
