"""The jobs of conversions."""

from procrastinate.contrib.django import app

from feldsher.domain.conversions import alarms, services
from feldsher.foundation.alarms import services as alarm_services


@app.periodic(cron="* * * * *")
@app.task(name="conversions.tell", queueing_lock="conversions.tell", lock="conversions")
def tell(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    try:
        services.tell_due()
    finally:
        services.clean()
        alarm_services.settle(alarms.AREA, alarms.met())
