"""The web server of site and API: granian, with four of its habits put right."""

import _thread
import logging
import os
import time
from typing import Any, cast

from granian.constants import Interfaces
from granian.server import MPServer

from feldsher.conf.demo.folder import Address

THREADS = 8
"""In each process. Most of them wait, for the database or for a MIS's answer, and not for the processor."""
RESPAWN_SECONDS = 0.2
STOP_SECONDS = 8
"""How long a process may finish its requests before it is killed; supervisors wait ten and more."""
AGAIN_SECONDS = 1
"""How long a process may take to hear that it is to end, before it is told once more."""


class Server(MPServer):
    """Ends whenever it is asked to: a second time while it ends, or before its processes have loaded.

    granian's own handler waits for a lock that the code it has interrupted may hold, itself a signal before
    or the loop that is about to wait, and then never ends. The kernel sends one signal for each thread of a
    supervisor that is killed, so that this is the usual case. A process that is still loading has inherited
    the handler: there it would note the wish in the wrong process, and the server would wait for one that
    knows nothing of it.
    """

    def signal_handler_interrupt(self, *_: Any, **__: Any) -> None:
        if os.getpid() != cast("int", self.pid):
            os._exit(0)  # nothing has been begun that would need an end
        self.interrupt_signal = True
        _thread.start_new_thread(
            self.main_loop_interrupt.set, ()
        )  # which may wait for a lock, unlike us here

    def _stop_workers(self) -> None:
        """Ask twice: a process that hears it the moment it begins to serve has forgotten it when it does."""
        until = time.monotonic() + AGAIN_SECONDS
        workers = cast("list[Any]", self.wrks)
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join(max(until - time.monotonic(), 0))
        super()._stop_workers()  # type: ignore[no-untyped-call]  # granian's own


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
        workers_kill_timeout=STOP_SECONDS - AGAIN_SECONDS,
    ).serve()


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out the advice against THREADS: it counts processors only."""
    return "Python threads" not in record.getMessage()
