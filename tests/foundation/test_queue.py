"""A job commits with its cause, in a worker too, whose own app has a connection of its own."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.testing import InMemoryConnector

from feldsher.foundation.messaging import sending
from feldsher.foundation.queue import queue

pytestmark = pytest.mark.django_db


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [sending.SEND])
        return int(cursor.fetchone()[0])


def test_a_job_of_a_worker_is_put_in_on_django_s_connection_and_goes_with_its_cause() -> None:
    assert sending.SEND in app.tasks
    with app.replace_connector(InMemoryConnector()):
        task = queue().configure_task(sending.SEND)
        assert isinstance(task.job_manager.connector, DjangoConnector)
        with transaction.atomic():
            task.defer(sms="00000000-0000-0000-0000-000000000005")
            assert jobs() == 1
            transaction.set_rollback(True)
    assert jobs() == 0
