"""The job of the corporate section: contacts are forgotten when their term is over."""

from procrastinate.contrib.django import app

from feldsher.domain.corporate import services


@app.periodic(cron="47 3 * * *")
@app.task(name="corporate.forget_contacts", queueing_lock="corporate.forget_contacts")
def forget_contacts(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget_contacts()
