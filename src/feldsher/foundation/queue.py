"""The queue of jobs on Django's own connection: a job commits with its cause, or not at all."""

from functools import cache

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector


@cache
def queue() -> App:
    """Return the app that puts jobs in; a worker's own app writes through a pool of its own."""
    return app.with_connector(DjangoConnector())
