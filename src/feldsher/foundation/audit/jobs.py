"""The jobs of audit. Arguments are ids."""

from procrastinate.contrib.django import app

from feldsher.foundation.audit import partitions


@app.periodic(cron="23 */6 * * *")
@app.task(name="audit.make_months", queueing_lock="audit.make_months")
def make_months(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    partitions.make_months()
