"""The jobs of access: codes that nobody counts any more and sessions that are over are deleted."""

from procrastinate.contrib.django import app

from feldsher.foundation.access import services


@app.periodic(cron="47 3 * * *")
@app.task(name="access.forget_codes", queueing_lock="access.forget_codes")
def forget_codes(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget_codes()


@app.periodic(cron="53 3 * * *")
@app.task(name="access.forget_sessions", queueing_lock="access.forget_sessions")
def forget_sessions(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget_sessions()
