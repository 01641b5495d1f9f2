"""The jobs of exchange. Arguments are ids."""

from uuid import UUID

from procrastinate.contrib.django import app

from feldsher.channels.exchange import work


@app.task(name=work.DO)
def do(task: str) -> None:
    work.do(UUID(task))


@app.task(name=work.READ_LEFT)
def read_left(session: str) -> None:
    work.read_left(UUID(session))


@app.periodic(cron="41 3 * * *")
@app.task(name="exchange.forget", queueing_lock="exchange.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    work.forget()
