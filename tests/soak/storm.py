"""The same clinic in a storm: callers in threads, workers in processes of their own that are killed at work.

What happens when is up to the machine, so that a storm is found again by its seed only as far as chance goes;
it has no gates, and it is not made shorter. The clock goes on by a second at a time beside it all.
"""

import logging
import multiprocessing
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any, Final

import psycopg
from django.db import connection

import soak.ready  # noqa: F401 - sets Django up in a worker's process, before its models are imported
from feldsher.domain.scheduling import exchange, gateways, tending
from feldsher.kernel import clock
from soak import checks
from soak.known import ViolationError
from soak.places import worker_gateway
from soak.player import LIMIT
from soak.running import Checker, Failure, settings_of_a_soak
from soak.stand import every_row, point_at
from soak.steps import Drawing
from soak.talks import finish_job, take_job

CALLERS: Final = 3
WORKERS: Final = 2
SECONDS: Final = 4.0
"""How long it blows."""
LATE: Final = 30
"""Seconds that the MIS is late at most: some of its settle time passes while a call is on its way."""
PAUSE: Final = 0.02
_DOING = """
    CREATE TABLE IF NOT EXISTS soak_doing (job bigint, worker integer);
    GRANT ALL ON soak_doing TO PUBLIC
"""
_BACK = """
    UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing'
        AND id IN (SELECT job FROM soak_doing WHERE worker = %s)
"""
_LEFT = "UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing'"


@dataclass(frozen=True)
class Post:
    """What a worker in a process of its own must know: its number, the database, the clinic and its MIS.

    It sets `ready` once it looks for work.
    """

    number: int
    database: dict[str, Any]
    place: str
    address: str
    ready: Event


def weather(one: Checker, seed: int) -> Failure | None:
    """Let it storm for SECONDS, kill all workers, and hold both systems against each other."""
    player = one.player
    player.begin(f"{one.name} storm {seed}")
    player.database.owner.execute(_DOING)
    player.database.owner.execute("DELETE FROM soak_doing")
    try:
        player.is_ordered = False
        _Storm(one, seed).blow()
        checks.at_the_end(player)
    except ViolationError as violation:
        return Failure(one.name, seed, (), tuple(player.told), tuple(map(str, violation.args)), is_storm=True)
    return None


class _Storm:
    def __init__(self, one: Checker, seed: int) -> None:
        self._one = one
        self._seed = f"{one.name} storm {seed}"
        self._random = random.Random(self._seed)
        self._until = 0.0
        self._workers: dict[int, BaseProcess] = {}
        self._made = 0

    def blow(self) -> None:
        field = replace(self._one.field, latest=LATE)
        callers = [Drawing(f"{self._seed} {name}", field, prefix=name) for name in "abc"[:CALLERS]]
        acts = [*(caller.at_a_door for caller in callers), Drawing(self._seed, field).behind]
        for _ in range(WORKERS):
            self._hire()
        self._until = time.monotonic() + SECONDS
        try:
            with ThreadPoolExecutor(len(acts)) as pool:
                running = [pool.submit(copy_context().run, self._act, act) for act in acts]
                while time.monotonic() < self._until:
                    self._go_on()
                for one in running:
                    one.result()
        finally:
            for number in list(self._workers):
                self._kill(number)
            self._one.player.database.owner.execute(_LEFT)  # by who died before it was noted whose they are
        done = self._one.player.database.owner.execute("SELECT count(*) FROM soak_doing").fetchone()
        self._one.player.told.append(f"the workers took {done[0] if done else 0} talks")

    def _act(self, draw: Callable[[], Any]) -> None:
        """Do one step after another, as fast as they go."""
        try:
            while time.monotonic() < self._until:
                self._one.player.play(draw())
        finally:
            connection.close()

    def _go_on(self) -> None:
        """Let a second pass, look at what stands, and now and then kill a worker at its work."""
        time.sleep(PAUSE)
        self._one.player.timeline.forward(timedelta(seconds=1))
        checks.at_each_step(self._one.player)
        for number, worker in self._workers.items():
            if not worker.is_alive():
                raise ViolationError(f"worker {number} ended by itself ({worker.exitcode})")
        if self._random.random() < 0.05:
            self._kill(self._random.choice(sorted(self._workers)))
            self._hire()

    def _hire(self) -> None:
        self._made += 1
        given = connection.settings_dict
        database = {name: given[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        address, ready = self._one.player.place.address, _PROCESSES.Event()
        post = Post(self._made, database, self._one.name, address, ready)
        worker = _PROCESSES.Process(target=work, args=(post,), daemon=True)
        worker.start()
        self._workers[self._made] = worker
        ready.wait(LIMIT)
        self._one.player.told.append(f"worker {self._made} begins")

    def _kill(self, number: int) -> None:
        """Kill a worker, and give what it was doing to others."""
        worker = self._workers.pop(number)
        worker.kill()
        worker.join()
        self._one.player.database.owner.execute(_BACK, [number])
        self._one.player.told.append(f"worker {number} is killed")


_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["soak.ready", "soak.storm"])


def work(post: Post) -> None:
    """Do talks until killed: the whole life of a worker's process."""
    logging.disable(logging.CRITICAL)
    point_at(**post.database)
    sees = psycopg.connect(_conninfo(post.database), autocommit=True)
    with sees as sight, every_row(), settings_of_a_soak():

        def now() -> datetime:
            found = sight.execute("SELECT at FROM soak_clock").fetchone()
            assert found is not None
            moment: datetime = found[0]
            return moment

        clock.now = now
        gateway = worker_gateway(post.place, post.address)
        gateways.bind({gateway[0]: gateway[1]})
        post.ready.set()
        while True:
            job = take_job()
            if job is None:
                tending.resume_exchanges()
                time.sleep(PAUSE)
                continue
            sight.execute("INSERT INTO soak_doing VALUES (%s, %s)", [job[0], post.number])
            with suppress(Exception):  # a job that failed is over, and its talk is taken up again
                exchange.run(job[1])
            finish_job(job[0], "succeeded")


def _conninfo(database: dict[str, Any]) -> str:
    return psycopg.conninfo.make_conninfo(
        dbname=database["NAME"], user=database["USER"], password=database["PASSWORD"],
        host=database["HOST"], port=database["PORT"],
    )  # fmt: skip
