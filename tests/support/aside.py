"""Asks the database beside a browser: in the thread of playwright's loop Django would refuse."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def aside(call: Callable[[], T]) -> T:
    """Return what the call returns, made in a thread of its own."""

    def run() -> T:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()
