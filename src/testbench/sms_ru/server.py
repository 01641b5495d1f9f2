"""One port: the API of SMS.RU, the inspection API under `/_bench/`, and a page of the last SMS at `/`."""

import hmac
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from testbench.inspection import PLACE, Fields, Inspection, InspectionHandler
from testbench.running import Running
from testbench.sms_ru import wire
from testbench.sms_ru.outbox import Outbox
from testbench.web import CSS, HTML, JSON, Answer, as_json

NEWEST = 20
Act = Callable[[Outbox, dict[str, str]], wire.Json]
STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 1.5rem auto; max-width: 34rem; padding: 0 1rem;
color: #1d2433 }
h1 { font-size: 1.4rem } .note { color: #566078 } ol { list-style: none; padding: 0 }
li { border-bottom: 1px solid #d8dde6; padding: .8rem 0 } time, b { font-variant-numeric: tabular-nums }
p { margin: .2rem 0; overflow-wrap: anywhere }
"""


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose."""

    host: str = "127.0.0.1"
    port: int = 0
    api_key: str = "demo-key"


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.url = self.serve(
            (options.host, options.port),
            SmsHandler,
            inspection=OutboxInspection(self.outbox),
            outbox=self.outbox,
            api_key=options.api_key,
            stopping=self.stopping,
        )
        self.addresses = {"url": self.url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class OutboxInspection(Inspection):
    def __init__(self, outbox: Outbox) -> None:
        super().__init__(outbox.faults)
        self._outbox = outbox
        self._gets["state"] = lambda: {"messages": [asdict(sms) for sms in outbox.listing()]}
        self._posts["reset"] = self._reset

    def _reset(self, _: Fields) -> object:
        self._outbox.reset()
        return {}


class SmsHandler(InspectionHandler):
    server_version = "sms-ru-stand-in"
    outbox: ClassVar[Outbox]
    api_key: ClassVar[str]
    stopping: ClassVar[threading.Event]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route == "/":
            self.respond(Answer(200, HTML, page(self.outbox).encode()))
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
        act = wire.CALLS.get(self.route)
        if act is None:
            return as_json(wire.error(wire.NO_RECIPIENT), status=404)
        faults = self.outbox.faults
        slow = faults.draw("slow", self.route)
        if slow is not None:
            self.stopping.wait(slow.delay)
        if faults.draw("http_500", self.route):
            return Answer(500, HTML, b"<html><body>Internal Server Error</body></html>")
        answer = self._answer(act, fields)
        if faults.draw("accept_then_drop", self.route):
            return None
        if faults.draw("garbage", self.route):
            return Answer(200, JSON, b'{"status": "OK", "status_c')
        return as_json(answer)

    def _answer(self, act: Act, fields: dict[str, str]) -> wire.Json:
        if not hmac.compare_digest(fields.get("api_id", "").encode(), self.api_key.encode()):
            return wire.error(wire.WRONG_KEY)
        return act(self.outbox, fields)


def page(outbox: Outbox) -> str:
    """Return the last SMS for people, newest first: here a person who tries the demo reads the code."""
    newest = outbox.listing()[::-1][:NEWEST]
    items = "".join(
        f"<li><p class=note><time>{escape(sms.at[11:19])} UTC</time>, +{escape(sms.to)}</p>"
        f"<p>{escape(sms.text)}</p></li>"
        for sms in newest
    )
    shown = f"<ol>{items}</ol>" if items else '<p class="note">Пока ни одного.</p>'
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Сообщения — SMS.RU</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3">'
        '<link rel="stylesheet" href="/sms.css"></head><body><h1>SMS.RU (имитатор): сообщения</h1>'
        '<p class="note">Здесь читают SMS, которые отправил сайт. Никуда больше они не уходят.</p>'
        f"{shown}</body></html>"
    )
