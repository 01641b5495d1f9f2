"""The months of the journal: made ahead by a job, taken off by the owner, with a net below.

The default partition takes what has no month, so that nothing fails at midnight of the first; a row in it
means that months were not made for two months, and is an error in the log.
"""

import logging
from datetime import date

from django.db import connection, transaction

from feldsher.foundation.audit.reading import JOURNAL
from feldsher.kernel import clock

AHEAD = 2
_log = logging.getLogger(__name__)


def make_months() -> None:
    """Make the partitions of this month and the next two, and say aloud where rows missed theirs."""
    first = clock.now().date().replace(day=1)
    for ahead in range(AHEAD + 1):
        month = later(first, ahead)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT audit_make_month(%s)", [month])
            if not cursor.fetchone()[0]:
                _log.error("audit: rows of %s lie in the default partition, which has to be cleared", month)
    if strays := in_default():
        _log.error("audit: %d rows lie in the default partition", strays)


@JOURNAL.reach()
def in_default() -> int:
    """Return how many rows found no month of their own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_access_default")
        count: int = cursor.fetchone()[0]
    return count


def later(first: date, months: int) -> date:
    """Return the first day of the month that many months after."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
