"""Plays the steps of a history on a clinic: the doors, the worker, the registry, and what goes wrong.

The worker is this thread: a talk that dies leaves its job where a dead worker would. What happens "meanwhile"
happens inside a call to the MIS, while the worker holds nothing. Two steps "at once" meet at a gate in the
database: the first stops just before its first write, the second goes on until it waits or has ended.
"""

import hashlib
import json
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Barrier, Lock
from typing import Any, Final
from uuid import UUID

from django.db import connection

from domain.scheduling.exchange.world import killed_at_write
from domain.scheduling.interleaving import closed_gate
from domain.scheduling.scripted import Killed
from domain.scheduling.staff import REGISTRAR
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import (
    agreement,
    changes,
    exchange,
    gateways,
    queue,
    services,
    sync,
    tending,
    tokens,
)
from feldsher.domain.scheduling.models import Appointment, Exchange
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from feldsher.domain.scheduling.selectors.visits import state_of
from feldsher.domain.scheduling.types import (
    CancelReason,
    Confirmation,
    Idempotency,
    OpenSlot,
    PersonInput,
    Said,
    SlotKey,
    State,
)
from feldsher.kernel.errors import DomainError
from soak.known import Known, ViolationError
from soak.places import Booking, Place
from soak.stand import Database
from soak.steps import Step
from soak.talks import Watched, finish_job, take_job
from soak.timeline import Timeline
from soak.waitinglist import WaitingList, phone_of

FINAL: Final = frozenset({"slot_taken", "slot_not_offered", "slot_in_past"})
"""Refusals of a hold that its key keeps."""
FRAMES: Final = 8
"""How much of the way to an error is told, libraries left out."""
LIMIT: Final = 30.0
THREADS: Final = 2
QUIET: Final = frozenset({"wait", "tend", "look"})
"""Steps whose repetition tells a reader nothing."""
_DEPTH: ContextVar[int] = ContextVar("depth", default=0)
"""How deep a step stands within others, for the list."""


@dataclass
class Player:
    """One history on one clinic. `told` is what happened, line by line.

    `pools` says how many visits of a doctor's service may be at one time, where that is more than one.
    """

    place: Place
    database: Database
    timeline: Timeline
    times: list[OpenSlot]
    seed: str = ""
    pools: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    visits: dict[str, Known] = field(default_factory=dict)
    cancelled_there: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)
    is_quiet: bool = False
    is_ordered: bool = True
    """Whether one step comes after another: not while two of them happen at once."""
    waiting: WaitingList = field(init=False)
    _remotes: dict[UUID, str] = field(default_factory=dict)
    _plan: Step | None = None
    _talking: UUID | None = None
    _telling: Lock = field(default_factory=Lock)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS))

    def __post_init__(self) -> None:
        self.waiting = WaitingList(self)

    def remote(self, practitioner: UUID, location: UUID) -> str:
        """Return what the MIS calls a doctor."""
        if practitioner not in self._remotes:
            ids = directory.remote_ids(practitioner, location=location)
            self._remotes[practitioner] = ids.practitioner_id
        return self._remotes[practitioner]

    def capacity_of(self, practitioner: UUID, service: UUID) -> int:
        return self.pools.get((practitioner, service), 1)

    def begin(self, seed: str) -> None:
        """Put everything back to where each history begins."""
        self.timeline.back_to_start()
        self.place.well()
        self.place.reset()
        self.database.wipe()
        self.seed, self._plan, self._talking, self.is_quiet = seed, None, None, False
        self.is_ordered = True
        for held in (self.visits, self.waiting.wishes, self.cancelled_there, self.told, self.dead):
            held.clear()
        gateways.bind({self.place.mis: Watched(self.place.gateway(), self._strike)})

    def close(self) -> None:
        """End the threads, and their sessions."""
        together = Barrier(THREADS, timeout=LIMIT)

        def end() -> None:
            together.wait()
            connection.close()

        for future in [self._threads.submit(end) for _ in range(THREADS)]:
            future.result(LIMIT)
        self._threads.shutdown()

    def play(self, step: Step) -> str:
        """Do a step, and return how it ended; ViolationError for an end that no step may have."""
        depth = _DEPTH.get()
        inner = _DEPTH.set(depth + 1)
        with self._telling:
            place = len(self.told)
            self.told.append("")
        try:
            act = getattr(self, f"_{step.do}", None) or getattr(self.waiting, step.do)
            outcome = act(step) or "done"
        except DomainError as error:
            outcome = error.code
        except Killed:
            outcome = "dead"
        except ViolationError:
            raise
        except Exception as error:
            way = traceback.extract_tb(error.__traceback__)
            ours = [each for each in way if "site-packages" not in each.filename]
            last = "".join(traceback.format_list(ours[-FRAMES:]))
            raise ViolationError(f"a step broke: {type(error).__name__}: {error}\n{last}") from error
        finally:
            _DEPTH.reset(inner)
            self.told[place] = f"{'    ' * depth}{step}"
        self.told[place] += f" -> {outcome}"
        if self.is_quiet and (step.do in QUIET or self.told[place] in self.told[:place]):
            self.told.pop(place)
        return outcome

    # The doors.

    def _hold(self, step: Step) -> str:
        if step.visit in self.visits:
            return "not done"
        known = Known(step.visit, self.times[step.number], step.word, step.at)
        self.visits[step.visit] = known
        return self._hear_hold(known)

    def _hold_again(self, step: Step) -> str:
        known = self.visits.get(step.visit)
        return self._hear_hold(known) if known is not None and known.hold else "not done"

    def _hear_hold(self, known: Known) -> str:
        """Ask for the time, and compare the answer with the one that the same key had before."""
        key = self._key(known, "hold")
        made = None
        try:
            if known.door == "desk":
                made = services.hold_by_staff(known.slot.token, staff=REGISTRAR, idempotency=key)
            else:
                device = f"device {known.person}"
                made = services.hold(known.slot.token, channel=known.door, device=device, idempotency=key)
            answer = "held"
        except DomainError as error:
            answer = error.code
        before, known.hold = known.hold, known.hold or answer
        if made is not None and known.id not in {None, made.id}:
            raise ViolationError(f"{known.name}: one key, two visits: {known.id} and {made.id}")
        if before in FINAL and answer != before:
            raise ViolationError(f"{known.name}: the key of its hold was answered {before}, then {answer}")
        if before == "held" and answer not in {"held", "slot_taken", "in_progress"}:
            raise ViolationError(f"{known.name}: the key of its hold was answered held, then {answer}")
        if before == "held" and answer == "slot_taken" and self._row(known).state == State.HELD:
            raise ViolationError(f"{known.name}: is held, and its key is answered {answer}")
        if made is not None:
            known.id, known.hold = made.id, "held"
        elif before not in FINAL | {"held"}:
            known.hold = answer
        return answer

    def _confirm(self, step: Step) -> str:
        known = self.visits.get(step.visit)
        if known is None or known.id is None or step.number in known.confirmed:
            return "not done"
        return self.hear_confirm(known, step.number)

    def _confirm_again(self, step: Step) -> str:
        known = self.visits.get(step.visit)
        if known is None or known.door == "desk" or not known.confirmed:
            return "not done"
        return self.hear_confirm(known, max(known.confirmed))

    def hear_confirm(self, known: Known, person: int) -> str:
        assert known.id is not None
        born = f"{1980 + person}-05-17" if self.place.birth_date else ""
        typed = PersonInput(f"Пробный{'абв'[person]}", "Пётр", phone_of(person), birth_date=born)
        said = Confirmation(typed, ("booking",), channel=known.door)
        try:
            if known.door == "desk":
                services.confirm_by_staff(known.id, confirmation=said, staff=REGISTRAR)
            else:
                done = services.confirm(
                    known.id, confirmation=said, idempotency=self._key(known, f"{person}")
                )
                if done.appointment_id != known.id:
                    raise ViolationError(f"{known.name}: its confirmation answers another visit")
            answer = "confirmed"
        except DomainError as error:
            answer = error.code
        before = known.confirmed.get(person, "") if known.door != "desk" else ""  # staff send no key
        if before in {"confirmed", "slot_taken", "patient_conflict"} and answer not in {
            before,
            "in_progress",
        }:
            raise ViolationError(f"{known.name}: one key, two answers: {before}, then {answer}")
        if answer not in {"busy_try_again", "in_progress"}:
            known.confirmed[person] = before or answer
        return answer

    def _release(self, step: Step) -> str | None:
        known = self.visits.get(step.visit)
        if known is None or known.id is None:
            return "not done"
        if known.door == "desk":
            services.release_by_staff(known.id, staff=REGISTRAR)
        else:
            services.release(known.id)
        return None

    def _cancel(self, step: Step) -> str:
        known = self.visits.get(step.visit)
        if known is None or known.id is None:
            return "not done"
        if known.door == "desk":
            state = services.cancel_by_staff(known.id, why=CancelReason.PATIENT_ASKED, staff=REGISTRAR).state
        else:
            state = services.cancel(known.id, token=tokens.appointment_token(known.id)).state
        known.cancel_asked = True
        return state.value

    def _move(self, step: Step) -> str:
        known = self.visits.get(step.visit)
        if known is None or known.id is None:
            return "not done"
        token, slot = tokens.appointment_token(known.id), self.times[step.number]
        made = services.move(known.id, token=token, slot=slot.token, device=f"device {known.person}")
        name = f"{step.visit}>{step.number}"
        self.visits[name] = Known(name, slot, known.door, known.person, "held", made.appointment_id)
        return f"{name} is {state_of(made.appointment_id)}"

    def _key(self, known: Known, what: str) -> Idempotency:
        key = hashlib.sha256(f"{self.seed} {known.name} {what}".encode()).digest()
        return Idempotency(key, hashlib.sha256(what.encode()).digest())

    def _row(self, known: Known) -> Appointment:
        assert known.id is not None
        return Appointment.objects.get(pk=known.id)

    # The worker.

    def _work(self, step: Step) -> str:
        if step.word == "twin of":
            if self._talking is None:
                return "not done"
            self._talk(self._talking)
            return "twin"
        job = take_job()
        return "no talk waits" if job is None else self._do(step, *job)

    def _do(self, step: Step, job: int, appointment: UUID) -> str:
        outer = self._plan, self._talking
        self._plan, self._talking = step if step.word else None, appointment
        gateway: Any = gateways.gateway(self.place.mis)
        gateway.calls = 0
        try:
            if step.word == "dies at write":
                with killed_at_write(step.at):
                    self._talk(appointment)
            else:
                self._talk(appointment)
        except Killed:
            self.dead.append(job)
            raise
        finally:
            self._plan, self._talking = outer
        finish_job(job, "succeeded")
        return f"{self.name_of(appointment)} is {Appointment.objects.get(pk=appointment).state}"

    @staticmethod
    def _talk(appointment: UUID) -> None:
        exchange.run(appointment)

    def _strike(self, when: str, number: int) -> None:
        """Do what a plan has for this call: die, or play what happens meanwhile."""
        if connection.in_atomic_block:
            raise ViolationError("a MIS is called in a transaction")
        plan = self._plan
        if plan is None or plan.at != number or not plan.word.endswith(f"{when} call"):
            return
        self._plan = None
        if plan.word.startswith("dies"):
            raise Killed
        self.play(plan.inner[0])

    def _look(self, _: Step) -> str:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' RETURNING args",
                [queue.SYNC_DAY],
            )
            waiting = [json.loads(row[0]) for row in cursor.fetchall()]
        done = 0
        for args in waiting:
            day = datetime.fromisoformat(args["day"]).date()
            try:
                sync.synchronise_day(UUID(args["practitioner"]), location=UUID(args["location"]), day=day)
                done += 1
            except GatewayUnavailableError:
                continue  # as the job does: the next whole sync sees the day
        return f"{done} of {len(waiting)}"

    def _sync(self, _: Step) -> str:
        """Do what the job of a synchronisation does, and the one that it may enqueue."""
        mis = self.place.mis
        with suppress(GatewayUnavailableError):
            changes.follow(mis)
        is_whole = sync.synchronise(mis).is_complete
        if agreement.suspects(mis):
            agreement.ask_about(agreement.suspects(mis))
            agreement.judge(mis)
        return "whole" if is_whole else "not whole"

    def _night(self, _: Step) -> None:
        """Hold every visit against the MIS, as each night does."""
        agreement.begin(self.place.mis)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [queue.RECONCILE])
        while agreement.go_on(self.place.mis):
            pass

    def _tend(self, _: Step) -> None:
        """Do what the clock has the worker do, and give a dead worker's jobs to others."""
        while self.dead:
            finish_job(self.dead.pop(), "todo")
        tending.expire_holds()
        tending.keep_promises()
        tending.resume_exchanges()

    def _wait(self, step: Step) -> None:
        self.timeline.forward(timedelta(seconds=step.number))

    # The MIS.

    def _fault(self, step: Step) -> None:
        name, operation = step.word.split()
        self.place.strike(name, operation, float(step.number))

    def _clerk_books(self, step: Step) -> str:
        if self.standing(self.times[step.number]):
            return "taken there"
        try:
            self.place.by_phone(self.times[step.number])
        except AssertionError:
            if not self.standing(self.times[step.number]):
                raise
            return "taken there"  # by somebody at the same moment
        return "booked there"

    def _clerk_cancels(self, step: Step) -> str:
        """Cancel a registrar's booking, or one of ours where the MIS can be asked of it."""
        is_told = gateways.gateway(self.place.mis).capabilities().keeps_visits
        registry = self.place.registry()
        for slot in [*self.times[step.number :], *self.times[: step.number]]:
            for booking in self.standing(slot, registry):
                if booking["status"] == "booked" and (booking["source"] == "clerk" or is_told):
                    self.place.cancel(booking)
                    self.cancelled_there.add(str(booking["id"]))
                    return f"{booking['source']}'s is cancelled there"
        return "nothing there"

    def standing(self, slot: OpenSlot, registry: list[Booking] | None = None) -> list[Booking]:
        """Return what stands in the MIS (as `registry` tells, or now) at that time of that doctor."""
        doctor = self.remote(slot.key.practitioner_id, slot.key.location_id)
        return [
            item
            for item in (self.place.registry() if registry is None else registry)
            if item["status"] != "cancelled"
            and item["resource"] == doctor
            and datetime.fromisoformat(item["start"]) < slot.end
            and slot.key.start < datetime.fromisoformat(item["end"])
        ]

    def _decide(self, _: Step) -> str:
        """Let a registrar say the truth of this moment about a visit, cancelling by hand what is to go."""
        waiting = Appointment.objects.filter(
            state__in=(State.UNKNOWN, State.CANCELLING),
            pk__in=Exchange.objects.filter(needs_person_at__isnull=False).values("appointment"),
        )
        row = waiting.order_by("created_at").first()
        known = next((one for one in self.visits.values() if row is not None and one.id == row.id), None)
        if row is None or known is None:
            return "nobody waits"
        ours = [
            item
            for item in self.standing(known.slot)
            if item["source"] == "site" and item["status"] == "booked"
            and item["client_ref"] in {None, str(row.id)}
            and datetime.fromisoformat(item["start"]) == known.slot.key.start
        ]  # fmt: skip
        said = Said.BOOKED if ours and row.state == State.UNKNOWN else Said.ABSENT
        if row.state == State.CANCELLING:
            for booking in ours:
                self.place.cancel(booking)
        return f"{known.name} is {services.decide(row.id, said=said, staff=REGISTRAR)}"

    # Two at once.

    def _at_once(self, step: Step) -> str:
        self.is_ordered = False
        with closed_gate(self.database.owner):
            running = []
            for inner in step.inner:
                begun = _Begun()
                running.append(self._threads.submit(copy_context().run, self._beside, begun, inner))
                self._until_it_waits(running[-1], begun)
        ended = [future.result(LIMIT) for future in running]
        self.is_ordered = True
        return " | ".join(ended)

    def _beside(self, begun: "_Begun", step: Step) -> str:
        connection.ensure_connection()
        begun.backend = connection.connection.info.backend_pid
        return self.play(step)

    def _until_it_waits(self, running: "Future[str]", begun: "_Begun") -> None:
        deadline = time.monotonic() + LIMIT
        while not running.done() and time.monotonic() < deadline:
            if begun.backend and self.database.waits(begun.backend):
                return
            time.sleep(0.0005)

    def name_of(self, appointment: UUID) -> str:
        names = (known.name for known in list(self.visits.values()) if known.id == appointment)
        return next(names, None) or self.waiting.name_of_hold(appointment)

    def time_of(self, key: SlotKey) -> str:
        """Return what a time is called."""
        numbers = (number for number, slot in enumerate(self.times) if slot.key == key)
        return f"time {next(numbers, key.start)}"


@dataclass
class _Begun:
    """The session of a step that runs in a thread, once there is one."""

    backend: int = 0
