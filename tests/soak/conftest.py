"""The checker's own database, where a test of it may be."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from soak.running import Checker, checker

Open = Callable[..., AbstractContextManager[Checker]]


@pytest.fixture
def clinic(django_db_setup: None, database_urls: tuple[str, str], django_db_blocker: DjangoDbBlocker) -> Open:
    """Open a clinic by its name, as `soak.running.checker` does."""
    name = database_urls[0].rpartition("/")[2]

    @contextmanager
    def opened(mis: str, **given: Any) -> Iterator[Checker]:
        with django_db_blocker.unblock(), checker(mis, base=f"{name}_soak", **given) as one:
            logging.disable(logging.CRITICAL)  # a report of a failure is the history, not its log
            yield one
        logging.disable(logging.NOTSET)

    return opened
