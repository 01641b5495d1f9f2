"""One port: the API of SMS.RU, the inspection API under `/_bench/`, and a page of the last SMS at `/`."""

import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from testbench.bit_umc.web import Answer, Handler, Server
from testbench.sms_ru import wire
from testbench.sms_ru.outbox import Fault, Outbox

JSON, HTML, CSS = "application/json; charset=utf-8", "text/html; charset=utf-8", "text/css; charset=utf-8"
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


class RunningSimulator:
    """A simulator at work. `stop` ends it and is safe to repeat."""

    def __init__(self, options: Options) -> None:
        self.outbox = Outbox()
        self._stopping = threading.Event()
        bound = {"outbox": self.outbox, "api_key": options.api_key, "stopping": self._stopping}
        self._server = Server((options.host, options.port), type("BoundHandler", (SmsHandler,), bound))
        self.url = self._server.url()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class SmsHandler(Handler):
    server_version = "sms-ru-stand-in"
    outbox: ClassVar[Outbox]
    api_key: ClassVar[str]
    stopping: ClassVar[threading.Event]

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.route == "/":
            self.respond(Answer(200, HTML, page(self.outbox).encode()))
        elif self.route == "/sms.css":
            self.respond(Answer(200, CSS, STYLE.encode()))
        elif self.route == "/_bench/state":
            self._tell({"messages": [asdict(sms) for sms in self.outbox.listing()]})
        elif self.route == "/_bench/faults":
            self._tell({"faults": self.outbox.faults()})
        else:
            self._call(dict(parse_qsl(self.query)))

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        body = self.body()
        if body is None:
            return
        if self.route == "/_bench/reset":
            self.outbox.reset()
            self._tell({})
        elif self.route == "/_bench/faults":
            self._switch(body)
        else:
            self._call(dict(parse_qsl(self.query) + parse_qsl(body.decode("utf-8", "replace"))))

    def _switch(self, body: bytes) -> None:
        try:
            self.outbox.put(Fault(**json.loads(body)))
        except (ValueError, TypeError) as error:
            self._tell({"code": "bad_fault", "message": str(error)}, status=400)
        else:
            self._tell({"faults": self.outbox.faults()})

    def _call(self, fields: dict[str, str]) -> None:
        """Answer one call; what strikes before it leaves no SMS, what strikes after it has sent one."""
        act = wire.CALLS.get(self.route)
        if act is None:
            self._tell(wire.error(wire.NO_RECIPIENT), status=404)
            return
        slow = self.outbox.draw("slow")
        if slow is not None:
            self.stopping.wait(slow.delay)
        if self.outbox.draw("http_500"):
            self.respond(Answer(500, HTML, b"<html><body>Internal Server Error</body></html>"))
            return
        answer = self._answer(act, fields)
        if self.outbox.draw("accept_then_drop"):
            self.close_connection = True
        elif self.outbox.draw("garbage"):
            self.respond(Answer(200, JSON, b'{"status": "OK", "status_c'))
        else:
            self._tell(answer)

    def _answer(self, act: Act, fields: dict[str, str]) -> wire.Json:
        if not hmac.compare_digest(fields.get("api_id", "").encode(), self.api_key.encode()):
            return wire.error(wire.WRONG_KEY)
        return act(self.outbox, fields)

    def _tell(self, value: object, *, status: int = 200) -> None:
        self.respond(Answer(status, JSON, json.dumps(value, ensure_ascii=False).encode()))


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
