"""The exchange as 1С conducts it: it calls, the site answers lines of windows-1251, or documents.

A cut is a connection that ends: while the body of a request is on its way, or once it has left and before
the answer is read. 1С, or whoever sits at it, then sends the same request again.
"""

import base64
import http.client
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from testbench.commerceml.orders import ENCODING, Order, Said, read_orders, statuses_file

MOST_CALLS = 100_000


class Cut(StrEnum):
    """Where a connection ends."""

    BODY = "body"
    ANSWER = "answer"


class FailureError(Exception):
    """The site answered `failure`; the text is its sentence."""


class CutError(Exception):
    """The connection ended; nobody knows what the site has done."""


@dataclass
class Accounting:
    """A base of 1С with the settings of one exchange.

    `topic` is what the exchange is about: `catalog`, or `sale` for orders. `cuts` says at which request
    (from 0) a connection ends and where; a request that was cut is sent again. `log` keeps mode and first
    line of each answer.
    """

    url: str
    user: str
    password: str
    cuts: Mapping[int, Cut] = field(default_factory=dict)
    topic: str = "catalog"
    has_sessid: bool = True
    log: list[tuple[str, str]] = field(default_factory=list)
    file_limit: int = 0
    is_zipped: bool = False
    calls: int = 0
    _cookie: str = ""
    _sessid: str = ""

    def begin(self) -> None:
        """Checkauth and init."""
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        _, name, value, *rest = self.call("checkauth", headers={"Authorization": f"Basic {login}"})
        self._cookie = f"{name}={value}"
        said = dict(line.split("=", 1) for line in rest if "=" in line)
        self._sessid = said.get("sessid", "") if self.has_sessid else ""
        limits = dict(line.split("=", 1) for line in self.call("init", {"version": "2.09"}))
        self.file_limit = int(limits["file_limit"])
        self.is_zipped = limits["zip"] == "yes"

    def send(self, name: str, body: bytes) -> None:
        """Send a file in pieces of the site's limit."""
        for start in range(0, max(len(body), 1), self.file_limit):
            self.call("file", {"filename": name}, body=body[start : start + self.file_limit])

    def have_imported(self, name: str) -> str:
        """Ask for a document until it is imported, and return what the site said of it."""
        return self._until_done("import", filename=name)

    def end(self) -> str:
        """Deactivate and complete, as newer modules do."""
        self._until_done("deactivate")
        return self._until_done("complete")

    def exchange(self, files: Mapping[str, Iterable[bytes]], *, ends: bool = True) -> list[str]:
        """Conduct a whole exchange of plain files, and return what was said of each."""
        self.begin()
        for name, pieces in files.items():
            self.send(name, b"".join(pieces))
        said = [self.have_imported(name) for name in files]
        return [*said, self.end()] if ends else said

    def take_orders(self) -> list[Order]:
        """Ask for documents, read them, and confirm: one exchange of orders, from `checkauth` on."""
        self.begin()
        orders = self.query()
        self.call("success")
        return orders

    def query(self) -> list[Order]:
        """Ask for documents and confirm nothing. FailureError where the answer is none."""
        body = self._insist("query", None, {}, {})
        if body.startswith(b"failure"):
            raise FailureError(body.decode(ENCODING).partition("\n")[2])
        self.log.append(("query", ""))
        return read_orders(body)

    def tell(self, said: Iterable[Said], *, name: str = "orders.xml", imports: bool = True) -> str:
        """Send what became of orders; without `imports` as the first protocol does. Return what was said."""
        self.send(name, statuses_file(said))
        return self.have_imported(name) if imports else ""

    def _until_done(self, mode: str, **asked: str) -> str:
        for _ in range(MOST_CALLS):
            first, *rest = self.call(mode, asked)
            if first != "progress":
                return "\n".join(rest)
            time.sleep(0.05)
        raise FailureError("no end of progress")

    def call(
        self,
        mode: str,
        asked: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Send one request, again after a cut, and return the lines of its answer. FailureError."""
        text = self._insist(mode, body, dict(headers or {}), asked or {}).decode(ENCODING)
        lines = [line.rstrip("\r") for line in text.split("\n")]
        self.log.append((mode, lines[0]))
        if lines[0] == "failure":
            raise FailureError("\n".join(lines[1:]))
        return lines

    def _insist(
        self, mode: str, body: bytes | None, headers: dict[str, str], asked: Mapping[str, str]
    ) -> bytes:
        """Send a request until it is not cut, and return the body of its answer."""
        while True:
            number, self.calls = self.calls, self.calls + 1
            try:
                return self._once(mode, body, dict(headers), asked, cut=self.cuts.get(number))
            except CutError:
                continue

    def _once(
        self,
        mode: str,
        body: bytes | None,
        headers: dict[str, str],
        asked: Mapping[str, str],
        *,
        cut: Cut | None,
    ) -> bytes:
        query = {"type": self.topic, "mode": mode, **asked}
        if self._sessid:
            query["sessid"] = self._sessid
        if self._cookie:
            headers["Cookie"] = self._cookie
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        address = f"{place.path}?{urlencode(query)}"
        try:
            if cut is Cut.BODY and body:
                self._cut_body(connection, address, body, headers)
            connection.request("GET" if body is None else "POST", address, body=body, headers=headers)
            if cut is not None:
                _hang_up(connection)
            answer = connection.getresponse()
            found = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise FailureError(f"HTTP {answer.status}")
        return found

    def _cut_body(
        self, connection: http.client.HTTPConnection, address: str, body: bytes, headers: dict[str, str]
    ) -> None:
        """Say how long the body is, send half of it, and hang up."""
        connection.putrequest("POST", address)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body[: len(body) // 2])
        _hang_up(connection)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    time.sleep(0.05)  # what was sent arrives
    if connection.sock is not None:
        connection.sock.shutdown(socket.SHUT_RDWR)
    raise CutError
