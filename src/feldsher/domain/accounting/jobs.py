"""The job of accounting."""

from procrastinate.contrib.django import app

from feldsher.domain.accounting import services


@app.periodic(cron="17 3 * * *")
@app.task(name="accounting.check", queueing_lock="accounting.check")
def check(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.check_all()
