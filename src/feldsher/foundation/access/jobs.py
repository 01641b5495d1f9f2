"""The jobs of access: what nobody needs any more is deleted, idle accounts are closed, roles come in time."""

from procrastinate.contrib.django import app

from feldsher.foundation.access import accounts, grants, services


@app.periodic(cron="47 3 * * *")
@app.task(name="access.forget_codes", queueing_lock="access.forget_codes")
def forget_codes(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.sweep_up()


@app.periodic(cron="17 4 * * *")
@app.task(name="access.disable_idle", queueing_lock="access.disable_idle")
def disable_idle(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    accounts.disable_idle()


@app.periodic(cron="*/10 * * * *")
@app.task(name="access.apply_grants", queueing_lock="access.apply_grants")
def apply_grants(timestamp: int) -> None:  # noqa: ARG001 - as above
    grants.apply_due()


@app.periodic(cron="53 3 * * *")
@app.task(name="access.forget_sessions", queueing_lock="access.forget_sessions")
def forget_sessions(timestamp: int) -> None:  # noqa: ARG001 - the tick of the clock, given to every periodic task
    services.forget_sessions()
