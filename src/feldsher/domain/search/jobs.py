"""The jobs of the search."""

import logging

from procrastinate.contrib.django import app

from feldsher.domain.search import services

_log = logging.getLogger(__name__)


@app.periodic(cron="31 3 * * *")
@app.task(name="search.recount_words", queueing_lock="search.recount_words")
def recount_words(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    if wrong := services.recount_words():
        _log.warning("the index had %d words with a wrong count; they are mended", wrong)
