"""The jobs of the directory."""

import logging

from procrastinate.contrib.django import app

from feldsher.domain.directory import services

_log = logging.getLogger(__name__)


@app.periodic(cron="29 3 * * *")
@app.task(name="directory.compare_search", queueing_lock="directory.compare_search")
def compare_search(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    """Fill the index again: made anew where the rules of words have changed, else nothing is to be done."""
    done = services.fill_search()
    if done.written or done.removed:
        _log.warning("the index differed: %d documents written, %d removed", done.written, done.removed)
