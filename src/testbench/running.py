"""What every simulator is while it runs: ports with a thread each, and an orderly end."""

import ssl
import threading
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from testbench.web import Handler, Server

POLL_SECONDS = 0.02


class Running:
    """A simulator at work. `stop` ends it and is safe to repeat.

    `stopping` is set at its end: whoever delays an answer waits for it. `addresses` are told by the program.
    `pause` makes it: a test that keeps time itself puts a clock of its own there.
    """

    pause: ClassVar[Callable[[], threading.Event]] = threading.Event

    def __init__(self) -> None:
        self.stopping = type(self).pause()
        self.addresses: dict[str, str] = {}
        self._servers: list[Server] = []
        self._threads: list[threading.Thread] = []

    def serve(
        self,
        place: tuple[str, int],
        handler: type[Handler],
        *,
        tls: ssl.SSLContext | None = None,
        **bound: object,
    ) -> str:
        """Answer at host and port (0: any free one) from now on, and return the address.

        `bound` become attributes of the handler's class. Where a port can't be had, all is stopped.
        """
        try:
            server = Server(place, type(f"Bound{handler.__name__}", (handler,), bound))
        except (OSError, OverflowError):
            self.stop()
            raise
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        self._servers.append(server)
        self.run_beside(partial(server.serve_forever, POLL_SECONDS))
        return server.url("http" if tls is None else "https")

    def run_beside(self, act: Callable[[], None]) -> None:
        """Run something that ends when `stopping` is set."""
        thread = threading.Thread(target=act, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        if self.stopping.is_set():
            return
        self.stopping.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(timeout=5)
