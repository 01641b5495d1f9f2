"""The queue of jobs on Django's own connection: a job commits with its cause, or not at all."""

from functools import cache

from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector


@cache
def queue() -> App:
    """Return the app that puts jobs in; a worker's own app writes through a pool of its own.

    It knows no task: one that it knew would be put in by the app that has declared it, which is the worker's
    own in a worker, outside of the transaction and before its cause is there to be seen.
    """
    return App(connector=DjangoConnector())
