"""What the stand-ins of SMS providers share.

One port has the API, the inspection API under `/_bench/` and, at `/`, a page of the last SMS. By a call of
its own the provider tells what became of one.
"""

import threading
from abc import abstractmethod
from collections.abc import Callable, Container, Mapping
from dataclasses import asdict
from html import escape
from typing import Any, ClassVar
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from testbench.inspection import PLACE, Fields, Inspection, InspectionHandler, whole, word
from testbench.outbox import Outbox, Sms
from testbench.refusal import Refusal
from testbench.web import CSS, HTML, JSON, Answer, as_json

NEWEST = 20
MOST_ROUBLES = 10_000_000
Json = dict[str, Any]
Act = Callable[[Outbox, dict[str, str]], Json]
_CALL_SECONDS = 10.0
_LONGEST_RECEIPT = 1000
STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 1.5rem auto; max-width: 34rem; padding: 0 1rem;
color: #1d2433 }
h1 { font-size: 1.4rem } .note { color: #566078 } ol { list-style: none; padding: 0 }
li { border-bottom: 1px solid #d8dde6; padding: .8rem 0 } time, b { font-variant-numeric: tabular-nums }
p { margin: .2rem 0; overflow-wrap: anywhere }
"""


class OutboxInspection(Inspection):
    """`form` makes the signed form by which the provider tells of an SMS, `statuses` are those it has."""

    def __init__(
        self, outbox: Outbox, *, form: Callable[[Sms], Mapping[str, str]], statuses: Container[int]
    ) -> None:
        super().__init__(outbox.faults)
        self._outbox = outbox
        self._form = form
        self._statuses = statuses
        self._gets["state"] = self._state
        self._posts |= {
            "reset": self._reset,
            "account": self._account,
            "stop": self._stop,
            "callback": self._callback,
            "status": self._status,
        }

    def _state(self) -> object:
        return {"messages": [asdict(sms) for sms in self._outbox.listing()]}

    def _reset(self, _: Fields) -> object:
        self._outbox.reset()
        return {}

    def _account(self, fields: Fields) -> object:
        roubles = fields.get("roubles")
        if not isinstance(roubles, int | float) or isinstance(roubles, bool) or abs(roubles) > MOST_ROUBLES:
            raise Refusal(f"roubles must be a number, {MOST_ROUBLES} at most", code="invalid")
        self._outbox.roubles = float(roubles)
        return {}

    def _stop(self, fields: Fields) -> object:
        self._outbox.stopped.add(word(fields, "to"))
        return {}

    def _callback(self, fields: Fields) -> object:
        """Have every status that is set from now on told to an address."""
        url = word(fields, "url")
        if urlsplit(url).scheme not in {"http", "https"}:
            raise Refusal("url must begin with http:// or https://", code="invalid")
        self._outbox.callback = url
        return {}

    def _status(self, fields: Fields) -> object:
        """Let something become of an SMS, and return the receipt where it is told to an address."""
        status = whole(fields, "status", least=-3)
        if status not in self._statuses:
            raise Refusal("the provider has no such status", code="invalid")
        sms = self._outbox.told(word(fields, "id"), status)
        if sms is None:
            raise Refusal("no such SMS", code="not_found")
        url = self._outbox.callback
        return {"receipt": called(url, self._form(sms)) if url else None}


def called(url: str, form: Mapping[str, str]) -> str:
    """POST a form as the provider does, and return its receipt, or what went wrong in one word."""
    request = Request(url, data=urlencode(form).encode())  # noqa: S310 - http or https, see _callback
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_CALL_SECONDS) as answer:
            return str(answer.read(_LONGEST_RECEIPT).decode("utf-8", "replace"))
    except HTTPError as error:
        error.close()
        return f"http_{error.code}"
    except (URLError, OSError) as error:
        return type(error).__name__


class SmsHandler(InspectionHandler):
    """`calls` are the provider's own by their addresses; `title` is its name on the page."""

    outbox: ClassVar[Outbox]
    stopping: ClassVar[threading.Event]
    calls: ClassVar[Mapping[str, Act]]
    title: ClassVar[str]

    @abstractmethod
    def refusal(self, fields: dict[str, str]) -> Json | None:
        """Return the answer to who may not call, None to who may."""

    @abstractmethod
    def nowhere(self) -> Json:
        """Return the answer to a call that there is not."""

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route == "/":
            self.respond(Answer(200, HTML, page(self.outbox, title=self.title).encode()))
        elif self.route == "/sms.css":
            self.respond(Answer(200, CSS, STYLE.encode()))
        elif self.route.startswith(PLACE):
            super().do_GET()
        else:
            self.respond(self._call(dict(parse_qsl(self.query))))

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        if self.route.startswith(PLACE):
            super().do_POST()
            return
        body = self.body()
        if body is not None:
            fields = dict(parse_qsl(self.query) + parse_qsl(body.decode("utf-8", "replace")))
            self.respond(self._call(fields))

    def _call(self, fields: dict[str, str]) -> Answer | None:
        """Do one call; what strikes before it leaves no SMS, what strikes after it has sent one."""
        act = self.calls.get(self.route)
        if act is None:
            return as_json(self.nowhere(), status=404)
        faults = self.outbox.faults
        slow = faults.draw("slow", self.route)
        if slow is not None:
            self.stopping.wait(slow.delay)
        if faults.draw("http_500", self.route):
            return Answer(500, HTML, b"<html><body>Internal Server Error</body></html>")
        if faults.draw("drop", self.route):
            return None
        answer = self.refusal(fields) or act(self.outbox, fields)
        if faults.draw("accept_then_drop", self.route):
            return None
        if faults.draw("garbage", self.route):
            return Answer(200, JSON, b'{"status": "OK", "status_c')
        return as_json(answer)


def page(outbox: Outbox, *, title: str) -> str:
    """Return the last SMS for people, newest first: here a person who tries the demo reads the code."""
    newest = outbox.listing()[::-1][:NEWEST]
    items = "".join(
        f"<li><p class=note><time>{escape(sms.at[11:19])} UTC</time>, +{escape(sms.to)}</p>"
        f"<p>{escape(sms.text)}</p></li>"
        for sms in newest
    )
    shown = f"<ol>{items}</ol>" if items else '<p class="note">Пока ни одного.</p>'
    return (
        f'<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Сообщения — {title}</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3">'
        f'<link rel="stylesheet" href="/sms.css"></head><body><h1>{title} (имитатор): сообщения</h1>'
        '<p class="note">Здесь читают SMS, которые отправил сайт. Никуда больше они не уходят.</p>'
        f"{shown}</body></html>"
    )
