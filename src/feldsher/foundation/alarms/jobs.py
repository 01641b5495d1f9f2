"""The jobs of alarms: each tells one change by one way, and is tried again for eight hours."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from feldsher.foundation.alarms import services, telling
from feldsher.foundation.alarms.types import Change

_AGAIN = RetryStrategy(max_attempts=9, exponential_wait=3, retry_exceptions=(telling.NotToldError,))


@app.task(name=services.MAIL, retry=_AGAIN)
def mail(alarm: str, change: str) -> None:
    telling.write_letter(UUID(alarm), Change(change))


@app.task(name=services.HOOK, retry=_AGAIN)
def hook(alarm: str, change: str) -> None:
    telling.call_hook(UUID(alarm), Change(change))


@app.periodic(cron="47 3 * * *")
@app.task(name="alarms.forget", queueing_lock="alarms.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget()
