"""A patient's browser that signs in by the code of an SMS, for the tests of the cabinet."""

import html
import re

from django.http import HttpResponse
from django.test import Client

from support.sms import Phones

PETER, OTHER, NOBODY = "8 900 000-00-01", "8 900 000-00-02", "8 900 000-00-09"
"""The phones of the busy morning's two patients, and one that was never booked with."""
HOME, CODE, ENTER, LEAVE = "/lk/", "/lk/code/", "/lk/enter/", "/lk/leave/"


_NOISE = re.compile(r'csrfmiddlewaretoken" value="[^"]+|обращения[^<]*')
"""What differs by itself: the token of a form, the id of a request."""


def bare(response: HttpResponse) -> str:
    """Return a page's body without what differs by itself."""
    return _NOISE.sub("", response.content.decode())


def text_of(response: HttpResponse) -> str:
    """Return a page as it is read, without no-break spaces."""
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def entered(sms: Phones, phone: str = PETER, *, client: Client | None = None, **fields: str) -> Client:
    """Sign in with a phone; a code for it must not have left within the minute before."""
    browser = client or Client()
    assert browser.post(CODE, {"phone": phone}).status_code == 200
    answer = browser.post(ENTER, {"phone": phone, "phone_proof": sms.code(), **fields})
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    return browser
