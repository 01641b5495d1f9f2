"""The jobs of patients: what a device may remember, and access that was lent, end by themselves."""

from procrastinate.contrib.django import app

from feldsher.domain.patients import services


@app.periodic(cron="41 3 * * *")
@app.task(name="patients.forget_remembered", queueing_lock="patients.forget_remembered")
def forget_remembered(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget_expired()


@app.periodic(cron="43 3 * * *")
@app.task(name="patients.wipe_grants", queueing_lock="patients.wipe_grants")
def wipe_grants(timestamp: int) -> None:  # noqa: ARG001 - as above
    services.wipe_expired()
