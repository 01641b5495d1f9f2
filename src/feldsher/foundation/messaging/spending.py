"""What SMS cost, by day, kind and provider: counted anew from their rows while these are there, and kept.

Rows of messages go after 30 days. Each count writes over the one before it, so that it may run twice, late or
in two workers at once; a late word of a provider is counted by the next one.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from feldsher.kernel import clock, formats
from feldsher.kernel.clock import day_bounds

DAYS = 28
"""How far back each count goes: whole days of which no row is deleted yet."""
_COUNT = """
    INSERT INTO messaging_spent_day AS s (day, kind, provider, messages, delivered, parts, cost, unpriced)
    SELECT (a.started_at AT TIME ZONE %(zone)s)::date, m.kind, a.provider, count(*),
           count(*) FILTER (WHERE a.delivery = 'delivered'), coalesce(sum(m.parts), 0),
           coalesce(sum(a.cost), 0), count(*) FILTER (WHERE a.cost IS NULL)
    FROM messaging_attempt a JOIN messaging_message m ON m.id = a.message_id
    WHERE a.started_at >= %(since)s AND (a.state = 'taken' OR a.cost > 0)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (day, kind, provider) DO UPDATE SET
        messages = excluded.messages, delivered = excluded.delivered, parts = excluded.parts,
        cost = excluded.cost, unpriced = excluded.unpriced
"""


def today() -> date:
    """Return the day by which spending is counted."""
    return formats.local_day(clock.now(), formats.MOSCOW)


def tally() -> None:
    """Count the last DAYS days anew."""
    since, _ = day_bounds(today() - timedelta(days=DAYS), ZoneInfo(formats.MOSCOW))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"zone": formats.MOSCOW, "since": since})
