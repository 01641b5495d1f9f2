"""The web server of site and API: granian, with two of its habits put right."""

import logging
import os
from typing import Any

from granian.constants import Interfaces
from granian.server import MPServer

from feldsher.conf.demo.folder import Address

THREADS = 8
"""In each process. Most of them wait, for the database or for a MIS's answer, and not for the processor."""
RESPAWN_SECONDS = 0.2


class Server(MPServer):
    """Takes a second signal to stop while it handles the first.

    granian's own handler then waits for a lock that its interrupted self holds, and never ends. The kernel
    sends one signal for each thread of a supervisor that is killed, so that this is the usual case.
    """

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if not self.interrupt_signal:
            super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]  # granian's own


def serve(address: Address, *, workers: int) -> None:
    """Serve at the address with so many processes until a signal; each learns how many they are."""
    logging.getLogger("_granian").addFilter(_is_news)
    os.environ["FELDSHER_WORKERS"] = str(workers)
    Server(
        "feldsher.conf.wsgi:application",
        address=address.host,
        port=address.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
    ).serve()


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out the advice against THREADS: it counts processors only."""
    return "Python threads" not in record.getMessage()
