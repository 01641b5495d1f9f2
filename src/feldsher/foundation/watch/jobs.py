"""The jobs of watch: what can't wait each minute, everything each hour; both may be doubled or missed."""

from procrastinate.contrib.django import app

from feldsher.foundation.watch import services


@app.periodic(cron="* * * * *")
@app.task(name="watch.look_at_once", queueing_lock="watch.look_at_once")
def look_at_once(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.look_at_once()


@app.periodic(cron="4 * * * *")
@app.task(name="watch.look", queueing_lock="watch.look")
def look(timestamp: int) -> None:  # noqa: ARG001 - as above
    services.look()


@app.periodic(cron="52 3 * * *")
@app.task(name="watch.forget", queueing_lock="watch.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - as above
    services.forget()
