"""The job of editorial."""

from procrastinate.contrib.django import app

from feldsher.domain.editorial import services


@app.periodic(cron="* * * * *")
@app.task(name="editorial.tend", queueing_lock="editorial.tend", lock="editorial.tend")
def tend(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.tend()
