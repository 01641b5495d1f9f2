"""The jobs of access: what nobody counts or needs any more is deleted."""

from procrastinate.contrib.django import app

from feldsher.foundation.access import services


@app.periodic(cron="47 3 * * *")
@app.task(name="access.forget_codes", queueing_lock="access.forget_codes")
def forget_codes(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.sweep_up()
