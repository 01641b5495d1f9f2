"""The jobs of scheduling: arguments are ids, bodies are idempotent functions of this module's siblings.

Talks with a MIS carry the lock of MIS and doctor (`queue`). A dead worker's jobs are found by its heartbeat.
"""

from datetime import date
from uuid import UUID

from django.conf import settings
from procrastinate.contrib.django import app

from feldsher.domain.directory import services as directory
from feldsher.domain.scheduling import changes, exchange, gateways, offers, queue, sync, tending
from feldsher.domain.scheduling.ports import GatewayUnavailableError

STALLED_SECONDS = 12.0


@app.task(name=queue.EXCHANGE)
def exchange_with_mis(appointment: str) -> None:
    exchange.run(UUID(appointment))


@app.task(name=queue.SYNC_DAY)
def sync_day(practitioner: str, location: str, day: str) -> None:
    try:
        sync.synchronise_day(UUID(practitioner), location=UUID(location), day=date.fromisoformat(day))
    except GatewayUnavailableError:
        return  # the next whole sync sees the day


@app.task(name=queue.SYNC)
def sync_mis(mis: str) -> None:
    try:
        changes.follow(mis)
        sync.synchronise(mis)
    except GatewayUnavailableError:
        return  # written down by sync; the mirror ages


@app.periodic(cron=f"*/{settings.FELDSHER_BOOKING.sync_minutes} * * * *")
@app.task(name="scheduling.sync_all", queueing_lock="scheduling.sync_all")
def sync_all(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    for mis in gateways.all_mis():
        queue.sync(mis)


@app.periodic(cron="* * * * * */10")
@app.task(name="scheduling.tend", queueing_lock="scheduling.tend")
def tend(timestamp: int) -> None:  # noqa: ARG001 - as above
    tending.expire_holds()
    tending.keep_promises()
    tending.resume_exchanges()


@app.periodic(cron="* * * * * */5")
@app.task(name="scheduling.retry_stalled", queueing_lock="scheduling.retry_stalled")
async def retry_stalled(timestamp: int) -> None:  # noqa: ARG001 - as above
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        await app.job_manager.retry_job(job)


@app.periodic(cron="7 * * * *")
@app.task(name="scheduling.import_directories", queueing_lock="scheduling.import_directories")
def import_directories(timestamp: int) -> None:  # noqa: ARG001 - as above
    for mis in gateways.all_mis():
        try:
            directory.import_snapshot(mis, snapshot=gateways.gateway(mis).directory())
        except GatewayUnavailableError:
            continue  # the directory stays as it was; the next hour sees it
    offers.rebuild()


@app.periodic(cron="23 3 * * *")
@app.task(name="scheduling.forget", queueing_lock="scheduling.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - as above
    tending.forget()
