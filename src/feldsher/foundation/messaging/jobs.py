"""The jobs of messaging: one sends, one forgets. Arguments are ids."""

from uuid import UUID

from procrastinate.contrib.django import app

from feldsher.foundation.messaging import services


@app.task(name=services.SEND)
def send(sms: str) -> None:
    services.deliver(UUID(sms))


@app.periodic(cron="* * * * *")
@app.task(name="messaging.forget", queueing_lock="messaging.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget()
