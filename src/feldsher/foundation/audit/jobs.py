"""The jobs of audit. Arguments are ids."""

from contextlib import suppress
from uuid import UUID

from procrastinate.contrib.django import app

from feldsher.foundation.audit import checking, checkpoints, partitions, pgaudit, shipping, tree
from feldsher.foundation.audit.errors import SinkError


@app.periodic(cron="* * * * *")
@app.task(name="audit.grow", queueing_lock="audit.grow")
def grow(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    tree.grow()


@app.task(name=shipping.SHIP, lock=shipping.SHIP, queueing_lock=shipping.SHIP)
def ship() -> None:
    """Silent where the second place is away: the tick tells, and never waits for a job of this kind."""
    with suppress(SinkError):
        shipping.ship()


@app.periodic(cron="* * * * *")
@app.task(name="audit.tick", queueing_lock="audit.tick", lock="audit.tick")
def tick(timestamp: int) -> None:  # noqa: ARG001 - as above
    shipping.tick()


@app.periodic(cron="*/5 * * * *")
@app.task(name="audit.checkpoint", queueing_lock="audit.checkpoint", lock="audit.checkpoint")
def checkpoint(timestamp: int) -> None:  # noqa: ARG001 - as above
    checkpoints.checkpoint()


@app.task(name=checking.CHECK, lock=checking.CHECK)
def check(check: str) -> None:
    checking.run_check(UUID(check))


@app.periodic(cron="17 1 * * *")
@app.task(name="audit.check_nightly", queueing_lock="audit.check_nightly")
def check_nightly(timestamp: int) -> None:  # noqa: ARG001 - as above
    checking.ask_check("")


@app.periodic(cron="47 1 * * *")
@app.task(name="audit.reconcile", queueing_lock="audit.reconcile")
def reconcile(timestamp: int) -> None:  # noqa: ARG001 - as above
    pgaudit.reconcile_yesterday()


@app.periodic(cron="23 */6 * * *")
@app.task(name="audit.make_months", queueing_lock="audit.make_months")
def make_months(timestamp: int) -> None:  # noqa: ARG001 - as above
    partitions.make_months()
