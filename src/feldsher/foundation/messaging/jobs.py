"""The jobs of messaging: one sends, the others ask providers, raise alarms and forget. Arguments are ids."""

from uuid import UUID

from django.db import OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from feldsher.foundation.alarms import services as alarm_services
from feldsher.foundation.messaging import (
    accounts,
    alarms,
    letters,
    pushing,
    reports,
    sending,
    services,
    spending,
)


@app.task(name=sending.SEND)
def send(sms: str) -> None:
    sending.deliver(UUID(sms))


@app.task(
    name=sending.SEND_WAITING,
    retry=RetryStrategy(max_attempts=5, wait=3, retry_exceptions=(OperationalError,)),
)
def send_waiting() -> None:
    sending.deliver_waiting()


@app.task(
    name=letters.WRITE,
    # Three seconds, then thrice as long each time: for almost three hours.
    retry=RetryStrategy(
        max_attempts=letters.TRIES, exponential_wait=3, retry_exceptions=(letters.NotTakenError,)
    ),
)
def write_letter(letter: str) -> None:
    letters.write(UUID(letter))


@app.task(name=pushing.PUSH)
def push(call: str) -> None:
    pushing.deliver(UUID(call))


@app.periodic(cron="* * * * *")
@app.task(name="messaging.ask", queueing_lock="messaging.ask", lock="messaging.ask")
def ask(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    reports.ask()


@app.periodic(cron="*/10 * * * *")
@app.task(name="messaging.ask_balances", queueing_lock="messaging.ask_balances")
def ask_balances(timestamp: int) -> None:  # noqa: ARG001 - as above
    accounts.ask()


@app.periodic(cron="* * * * *")
@app.task(name="messaging.raise_alarms", queueing_lock="messaging.raise_alarms")
def raise_alarms(timestamp: int) -> None:  # noqa: ARG001 - as above
    alarm_services.settle(alarms.AREA, alarms.met())


@app.periodic(cron="* * * * *")
@app.task(name="messaging.forget", queueing_lock="messaging.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - as above
    services.forget()


@app.periodic(cron="7 * * * *")
@app.task(name="messaging.tally_spending", queueing_lock="messaging.tally_spending")
def tally_spending(timestamp: int) -> None:  # noqa: ARG001 - as above
    spending.tally()
