"""The jobs of editorial."""

import logging

from procrastinate.contrib.django import app

from feldsher.domain.editorial import services

_log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="editorial.tend", queueing_lock="editorial.tend", lock="editorial.tend")
def tend(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.tend()


@app.periodic(cron="30 3 * * *")
@app.task(name="editorial.compare_search", queueing_lock="editorial.compare_search")
def compare_search(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Fill the index again: made anew where the rules of words have changed, else nothing is to be done."""
    done = services.fill_search()
    if done.written or done.removed:
        _log.warning("the index differed: %d pages written, %d removed", done.written, done.removed)


@app.periodic(cron="5 6 * * *")
@app.task(name="editorial.remind", queueing_lock="editorial.remind", lock="editorial.remind")
def remind(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Write about reviews that fall due: at six by UTC it is day from Kaliningrad to Kamchatka."""
    if written := services.remind():
        _log.info("reviews that fall due: %d letters", written)


@app.periodic(cron="17 * * * *")
@app.task(name="editorial.check_menus", queueing_lock="editorial.check_menus")
def check_menus(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Hide lines of menus whose address answers no more, and show them again."""
    if gone := services.check_menus():
        _log.warning("menus: %d addresses lead nowhere and are not shown", gone)
