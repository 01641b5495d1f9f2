"""The one way out: HTTP to a host of the register, bounded in time and size, sure of what has left.

No redirect is followed and no proxy of the environment is asked: both are ways to another host. A compressed
body is refused: nobody asked for it, and it may be a bomb. Three more rules decide the shape of this module.
- The deadline is for the whole exchange. A timeout per read lets a server hold a worker for ever with a byte
  a second, so each connect, read and write gets what is left of one budget. (Only the system's name look-up
  is outside of it.)
- "Never sent" is a fact, not a guess from the kind of exception: it holds until the first byte of the
  request is handed to the socket. Before that the call may be repeated; after it the answer is lost, not
  negative.
- Connections aren't kept alive. A kept one that the web server closes at that very moment would make a
  booking unknown; a fresh one costs a round trip. The pool bounds how many calls the remote sees at once.
"""

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpcore
import httpx

from feldsher.foundation.egress.addresses import ForbiddenAddressError, examined
from feldsher.foundation.egress.register import parsed_address

_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpx.RemoteProtocolError,  # a redirect is not followed, but httpx reads where to
)


class NotSentError(Exception):
    """The request certainly never left and may be repeated. The text holds no data of anyone."""


class RefusedHostError(httpcore.ConnectError):
    """The register does not know the host, or its name leads where nothing may be sent."""


class UntrustedError(httpcore.ConnectError):
    """The server's certificate is not believed; the text says why, in OpenSSL's words."""


class LostError(Exception):
    """The request left, and no answer that can be believed came back. The text holds no data of anyone."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`clock` is what the server's own clock showed (its Date header, UTC), None where it did not say."""

    status: int
    body: bytes
    clock: datetime | None = None


@dataclass(slots=True)
class Cut:
    """What `answer_lost` does to the requests of its block; `seen` counts them."""

    number: int
    waits: bool
    seen: int = 0

    @property
    def has_struck(self) -> bool:
        return self.seen >= self.number

    def strikes(self) -> bool:
        """Count one request, and say whether it is the one that loses its answer."""
        self.seen += 1
        return self.seen == self.number


@dataclass(slots=True)
class _Exchange:
    """One request under way: when (monotonic seconds) it must end, and whether a byte of it has left.

    `cut` is there for one whose answer is to be lost.
    """

    deadline: float
    sent: bool = False
    cut: Cut | None = None

    def left(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)


_current: ContextVar[_Exchange] = ContextVar("egress_exchange")
_cut: ContextVar[Cut | None] = ContextVar("egress_cut", default=None)


@contextmanager
def answer_lost(number: int, *, waits: bool) -> Iterator[Cut]:
    """Lose the answer to the `number`-th request (from 1) of this block, whoever sends it in this thread.

    For whoever proves that an adapter bears it (`feldsher mis check`): the request leaves whole, and the
    connection is closed when the answer begins to come (`waits`) or at once.
    """
    cut = Cut(number, waits)
    token = _cut.set(cut)
    try:
        yield cut
    finally:
        _cut.reset(token)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait is cut to what is left of the exchange."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        exchange = _current.get()
        if time.monotonic() >= exchange.deadline:
            raise httpcore.ReadTimeout
        if exchange.cut is None:
            return self._inner.read(max_bytes, exchange.left())
        if exchange.cut.waits:
            self._inner.read(1, exchange.left())
        raise httpcore.ReadError("cut on purpose")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        exchange = _current.get()
        exchange.sent = True
        self._inner.write(buffer, exchange.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        try:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, _current.get().left()))
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                reason = f"the server's certificate is not trusted: {error.__cause__.verify_message}"
                raise UntrustedError(reason) from None
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to hosts of the register only, and there to the address that was examined."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        *others, last = _addresses(host, port)
        for address in others:
            try:
                return self._connect(address, port, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, local_address, socket_options)

    def _connect(
        self,
        address: str,
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        left = _current.get().left()
        return _Stream(self._inner.connect_tcp(address, port, left, local_address, socket_options))


def _addresses(name: str, port: int) -> tuple[str, ...]:
    try:
        return examined(name, port)
    except ForbiddenAddressError:
        raise RefusedHostError from None
    except OSError as error:
        raise httpcore.ConnectError(type(error).__name__) from None


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()


@cache
def _trust() -> ssl.SSLContext:
    """Return what certificates this machine trusts; reading them takes longer than a call."""
    return ssl.create_default_context()


def client_identity(certificate: str, *, key: str, authorities: str = "") -> ssl.SSLContext:
    """Return what a client shows of itself over TLS, from files of PEM.

    `authorities` replaces whom this machine trusts. Raises ValueError in one sentence for a file that can't
    be read or used.
    """
    try:
        context = ssl.create_default_context(cafile=authorities or None)
    except (OSError, ssl.SSLError):
        raise ValueError("the file of authorities can't be read as certificates (PEM)") from None
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError):
        raise ValueError(
            "the client's certificate and key can't be read, or don't fit each other"
            " (PEM, the key without a password)"
        ) from None
    return context


def _no_password() -> str:
    """Stand in for OpenSSL's own question on the terminal."""
    raise ValueError("the key has a password")


class _Pool(httpx.BaseTransport):
    """httpx's own transport, except that the network beneath it keeps the deadline."""

    def __init__(self, *, connections: int, identity: ssl.SSLContext | None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=identity or _trust(),
            max_connections=connections,
            max_keepalive_connections=0,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class HttpClient:
    """Calls below one address; `limit` is in bytes of a reply's body. Thread-safe.

    `user` and `password` go as HTTP Basic where there is a user, `identity` (see `client_identity`) in TLS.
    ValueError for what is no address.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int,
        limit: int,
        user: str = "",
        password: str = "",
        identity: ssl.SSLContext | None = None,
    ) -> None:
        parsed_address(url)
        self._url = url
        self._limit = limit
        self._client = httpx.Client(
            transport=_Pool(connections=connections, identity=identity),
            auth=httpx.BasicAuth(user, password) if user else None,
            headers={"Accept-Encoding": "identity", "User-Agent": "feldsher"},
            trust_env=False,
            follow_redirects=False,
        )

    def post(self, body: bytes, *, headers: Mapping[str, str], seconds: float, path: str = "") -> Reply:
        """POST a body; see `send`."""
        return self.send("POST", body, headers=headers, seconds=seconds, path=path)

    def send(
        self, method: str, body: bytes, *, headers: Mapping[str, str], seconds: float, path: str = ""
    ) -> Reply:
        """Return the reply of any status; raises NotSentError or LostError after at most `seconds`.

        `path` is added to the address, a query included.
        """
        cut = _cut.get()
        is_lost = cut is not None and cut.strikes()
        exchange = _Exchange(time.monotonic() + seconds, cut=cut if is_lost else None)
        token = _current.set(exchange)
        try:
            return self._send(method, self._url + path, body, headers, seconds)
        except _FAILURES as error:
            reason = str(error) if isinstance(error, UntrustedError) else type(error).__name__
            if exchange.sent:
                raise LostError(reason) from None
            raise NotSentError(reason) from None
        finally:
            _current.reset(token)

    def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Reply:
        request = self._client.stream(
            method, url, content=body, headers=dict(headers), timeout=httpx.Timeout(seconds)
        )
        with request as answer:
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise LostError("a compressed body that nobody asked for")
            received = bytearray()
            for chunk in answer.iter_raw():
                received += chunk
                if len(received) > self._limit:
                    raise LostError("a body over the limit")
            return Reply(answer.status_code, bytes(received), _clock(answer.headers.get("Date", "")))


def _clock(date: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        told = parsedate_to_datetime(date)
        return told.astimezone(UTC) if told.tzinfo else None
    return None
