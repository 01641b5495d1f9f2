"""The jobs of figures."""

from procrastinate.contrib.django import app

from feldsher.domain.figures import services


@app.periodic(cron="* * * * *")
@app.task(name="figures.gather", queueing_lock="figures.gather", lock="figures")
def gather(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.gather()


@app.periodic(cron="41 3 * * *")
@app.task(name="figures.gather_again", queueing_lock="figures.gather_again", lock="figures")
def gather_again(timestamp: int) -> None:  # noqa: ARG001 - as above
    services.gather_again()
