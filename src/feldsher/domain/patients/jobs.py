"""The jobs of patients: what a device was allowed to remember ends by itself."""

from procrastinate.contrib.django import app

from feldsher.domain.patients import services


@app.periodic(cron="41 3 * * *")
@app.task(name="patients.forget_remembered", queueing_lock="patients.forget_remembered")
def forget_remembered(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget_expired()
