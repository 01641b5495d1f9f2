"""Letters leave over a connection of the register, sealed where the settings say so."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.mail import EmailMessage

from feldsher.foundation.egress import register
from feldsher.foundation.egress.addresses import ForbiddenAddressError
from feldsher.foundation.egress.smtp import RegisteredBackend
from support.certificates import self_signed
from support.egress import known

TALK = {
    b"EHLO": b"250 mail",
    b"MAIL": b"250 ok",
    b"RCPT": b"250 ok",
    b"DATA": b"354 go on",
    b"QUIT": b"221 bye",
}


@dataclass
class Postbox:
    """A mail server in miniature for one connection; `lines` are what it was told."""

    trust: ssl.SSLContext | None = None
    lines: list[bytes] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        """Talk with one who connects; whoever hangs up is nobody's fault."""
        with suppress(OSError):
            connection, _ = listener.accept()
            if self.trust is not None:
                connection = self.trust.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: socket.SocketIO) -> None:
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"220 mail")
        in_letter = False
        for line in stream:
            self.lines.append(line.rstrip(b"\r\n"))
            if in_letter:
                in_letter = self.lines[-1] != b"."
                if not in_letter:
                    say(b"250 taken")
                continue
            verb = self.lines[-1][:4].upper()
            say(TALK.get(verb, b"500 what"))
            in_letter = verb == b"DATA"
            if verb == b"QUIT":
                return


@pytest.fixture
def postbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Postbox]:
    before = register.hosts()
    register.bind(())  # other tests leave ports there, and a port may come again
    postbox = Postbox(trust=self_signed(tmp_path) if getattr(request, "param", "") == "sealed" else None)
    listener = socket.create_server(("127.0.0.1", 0))
    postbox.port = listener.getsockname()[1]
    thread = threading.Thread(target=postbox.serve, args=(listener,), daemon=True)
    thread.start()
    yield postbox
    register.bind(before)
    with socket.socket() as last:  # a server that nobody called waits still
        last.connect_ex(("127.0.0.1", postbox.port))
    thread.join(timeout=5)
    listener.close()


def send(port: int, *, is_sealed: bool, trusted: Path | None = None) -> int:
    backend = RegisteredBackend("127.0.0.1", port, use_ssl=is_sealed, use_tls=False, timeout=5)
    if trusted is not None:
        backend.ssl_context = ssl.create_default_context(cafile=str(trusted))
    letter = EmailMessage(
        "Тревога: МИС молчит", "Что делать.", "feldsher@clinic.example", ["duty@clinic.example"]
    )
    sent: int = backend.send_messages([letter])
    return sent


def test_a_letter_is_handed_to_a_server_of_the_register(postbox: Postbox) -> None:
    known(f"smtp://127.0.0.1:{postbox.port}")
    assert send(postbox.port, is_sealed=False) == 1
    told = b"\n".join(postbox.lines).lower()
    assert b"mail from:<feldsher@clinic.example>" in told
    assert b"rcpt to:<duty@clinic.example>" in told


def test_a_server_outside_of_the_register_is_not_called(postbox: Postbox) -> None:
    with pytest.raises(ForbiddenAddressError):
        send(postbox.port, is_sealed=False)
    assert postbox.lines == []


@pytest.mark.parametrize("postbox", ["sealed"], indirect=True)
def test_a_sealed_server_must_show_a_certificate_that_is_trusted(postbox: Postbox) -> None:
    known(f"smtp://127.0.0.1:{postbox.port}")
    with pytest.raises(ssl.SSLCertVerificationError):
        send(postbox.port, is_sealed=True)
    assert postbox.lines == []


@pytest.mark.parametrize("postbox", ["sealed"], indirect=True)
def test_a_letter_is_handed_to_a_sealed_server(postbox: Postbox, tmp_path: Path) -> None:
    known(f"smtp://127.0.0.1:{postbox.port}")
    assert send(postbox.port, is_sealed=True, trusted=tmp_path / "pem") == 1
    assert b"DATA" in [line.upper() for line in postbox.lines]
