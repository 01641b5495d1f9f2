"""The jobs of reviews."""

from procrastinate.contrib.django import app

from feldsher.domain.reviews import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="reviews.invite", queueing_lock="reviews.invite", lock="reviews")
def invite(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.invite()


@app.periodic(cron="29 3 * * *")
@app.task(name="reviews.forget", queueing_lock="reviews.forget", lock="reviews")
def forget(timestamp: int) -> None:  # noqa: ARG001 - as above
    services.forget()
