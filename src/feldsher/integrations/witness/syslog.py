"""A syslog elsewhere, over TCP: RFC 5424 messages, framed by their length (RFC 6587).

Syslog answers nothing: a line counts as taken once the other machine's kernel has it, and the connection was
closed in order. What a collector loses after that it loses; a file on its own mount is the stricter place.
"""

from collections.abc import Sequence

from feldsher.foundation.audit.errors import SinkError
from feldsher.foundation.egress.addresses import SHUT_WR, connect

TIMEOUT = 10.0
PRIORITY = 13 * 8 + 5
"""Facility "log audit", severity "notice"."""


class SyslogSink:
    """One connection a batch; `host` and `port` are those of the collector."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    def send(self, lines: Sequence[str]) -> None:
        frames = b"".join(map(frame, lines))
        try:
            with connect(self._host, self._port, seconds=TIMEOUT) as connection:
                connection.sendall(frames)
                connection.shutdown(SHUT_WR)
                while connection.recv(4096):
                    pass
        except OSError as error:
            raise SinkError(f"syslog: {type(error).__name__}") from error


def frame(line: str) -> bytes:
    """Return the line as one message: its length, a space, the header without a time of ours, the line."""
    message = f"<{PRIORITY}>1 - - feldsher - audit - {line}".encode()
    return str(len(message)).encode() + b" " + message
