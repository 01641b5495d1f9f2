"""The job of emergency access: what nobody has reviewed in time is said aloud."""

from procrastinate.contrib.django import app

from feldsher.foundation.emergency import services


@app.periodic(cron="9 * * * *")
@app.task(name="emergency.escalate", queueing_lock="emergency.escalate")
def escalate(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.escalate()
