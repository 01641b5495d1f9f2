"""The jobs of scheduling: arguments are ids, bodies are idempotent functions of this module's siblings.

Talks with a MIS carry the lock of MIS and doctor (`queue`). A dead worker's jobs are found by its heartbeat,
and talks that a live worker began long ago by their age: it could not write that they ended.
"""

import logging
from contextlib import suppress
from datetime import date
from uuid import UUID

from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from feldsher.domain.directory import services as directory
from feldsher.domain.scheduling import (
    agreement,
    alarms,
    changes,
    comparing,
    exchange,
    gateways,
    line,
    offers,
    queue,
    reminding,
    sync,
    tending,
    waiting,
)
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.foundation.alarms import services as alarm_services
from feldsher.kernel import clock

STALLED_SECONDS = 12.0
TALK_SECONDS = 120
"""A talk is over by then: a few requests, each bounded by the time limit of the MIS."""
_FORGOTTEN = """
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.task_name = %(task)s AND j.status = 'doing' AND now() - %(seconds)s * interval '1 second' > (
        SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started')
"""
_log = logging.getLogger(__name__)


@app.task(name=queue.EXCHANGE, queue=queue.TALKS)
def exchange_with_mis(appointment: str) -> None:
    exchange.run(UUID(appointment))


@app.task(
    name=queue.REPORT,
    # Three seconds, then thrice as long each time: for almost three hours.
    retry=RetryStrategy(
        max_attempts=8,
        exponential_wait=3,
        retry_exceptions=(exchange.ReportLostError, GatewayUnavailableError),
    ),
)
def report_to_mis(appointment: str) -> None:
    exchange.report(UUID(appointment))


@app.task(name=queue.SYNC_DAY)
def sync_day(practitioner: str, location: str, day: str) -> None:
    try:
        sync.synchronise_day(UUID(practitioner), location=UUID(location), day=date.fromisoformat(day))
    except GatewayUnavailableError:
        return  # the next whole sync sees the day


@app.task(name=queue.SYNC)
def sync_mis(mis: str) -> None:
    if line.is_resting(mis):
        return  # one that tries it again waits already
    with suppress(GatewayUnavailableError):  # the cursor stays, and the schedule may answer all the same
        changes.follow(mis)
    with suppress(GatewayUnavailableError):  # written down by sync; the mirror ages
        sync.synchronise(mis)
        if agreement.suspects(mis):
            queue.agree(mis)


@app.task(name=queue.AGREE)
def agree(mis: str) -> None:
    agreement.ask_about(agreement.suspects(mis))
    agreement.judge(mis)


@app.task(name=queue.LOOK_UP)
def look_up(patient: str) -> None:
    agreement.look_up(UUID(patient))


@app.task(name=queue.RECONCILE)
def reconcile(mis: str) -> None:
    if agreement.go_on(mis):
        queue.reconcile(mis)


@app.periodic(cron="41 2 * * *")
@app.task(name="scheduling.reconcile_all", queueing_lock="scheduling.reconcile_all")
def reconcile_all(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, as below
    for mis in gateways.all_mis():
        agreement.begin(mis)


@app.task(name=queue.COMPARE)
def compare(location: str) -> None:
    comparing.compare(UUID(location))


@app.periodic(cron=f"*/{settings.FELDSHER_BOOKING.sync_minutes} * * * *")
@app.task(name="scheduling.sync_all", queueing_lock="scheduling.sync_all")
def sync_all(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    for mis in gateways.all_mis():
        if not line.is_resting(mis):
            queue.sync(mis)


@app.periodic(cron="* * * * * */10")
@app.task(name="scheduling.tend", queueing_lock="scheduling.tend")
def tend(timestamp: int) -> None:  # noqa: ARG001 - as above
    tending.expire_holds()
    tending.keep_promises()
    tending.resume_exchanges()
    tending.ask_the_silent()


@app.periodic(cron="* * * * *")
@app.task(name="scheduling.plan_reminders", queueing_lock="scheduling.plan_reminders")
def plan_reminders(timestamp: int) -> None:  # noqa: ARG001 - as above
    reminding.plan()


@app.periodic(cron="* * * * * */10")
@app.task(name="scheduling.send_reminders", queueing_lock="scheduling.send_reminders")
def send_reminders(timestamp: int) -> None:  # noqa: ARG001 - as above
    while reminding.send_due():
        pass
    while reminding.follow():
        pass


@app.periodic(cron="* * * * * */15")
@app.task(name="scheduling.offer_times", queueing_lock="scheduling.offer_times")
def offer_times(timestamp: int) -> None:  # noqa: ARG001 - as above
    waiting.settle()
    waiting.offer_times()


@app.periodic(cron="* * * * * */5")
@app.task(name="scheduling.retry_stalled", queueing_lock="scheduling.retry_stalled")
async def retry_stalled(timestamp: int) -> None:  # noqa: ARG001 - as above
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
    forgotten = await app.connector.execute_query_all_async(
        _FORGOTTEN, task=queue.EXCHANGE, seconds=TALK_SECONDS
    )
    for job in sorted({job.id for job in stalled if job.id is not None} | {row["id"] for row in forgotten}):
        await _retry(job)


async def _retry(job: int) -> None:
    """Put a job back, unless a twin of it waits already or somebody else was faster."""
    try:
        await app.job_manager.retry_job_by_id_async(job, clock.now())
    except ConnectorException:
        _log.warning("job %s can't be put back; it ends", job)
        with suppress(ConnectorException):
            await app.job_manager.finish_job_by_id_async(job, Status.FAILED, delete_job=False)


@app.periodic(cron="* * * * *")
@app.task(name="scheduling.raise_alarms", queueing_lock="scheduling.raise_alarms")
def raise_alarms(timestamp: int) -> None:  # noqa: ARG001 - as above
    alarm_services.settle(alarms.AREA, alarms.met())


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
    line.forget()
