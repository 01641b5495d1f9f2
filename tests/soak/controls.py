"""The ways in which booking systems are known to book twice, one by one put back into a throw-away product.

Classes A to I are those of other systems: a look and then an insert; a key that only knows equality; pending
visits that nobody sees; holds that are hints; a lock around a stale look; pools counted for one; staff beside
the checks; conflicts that are told and not prevented; a call that is sent twice. J is our own: an answer that
was lost, taken for a refusal; and so were K: a place of a group over a visit for one, and L: a
message without a key. M to R are those of a waiting list: an offer that is a hint; the last before the first;
a time that is let go before the next one has it; two offers to one phone; an offer told twice; a visit that
is moved and stands. A checker that finds one of them not is no checker.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock
from uuid import UUID, uuid4

from feldsher.domain import scheduling
from feldsher.domain.scheduling import notices
from feldsher.domain.scheduling.exchange import booking, ending, moving
from feldsher.domain.scheduling.exchange.talk import Talk
from feldsher.domain.scheduling.ports import Rejected
from feldsher.domain.scheduling.services import confirming
from feldsher.domain.scheduling.waiting import offering, queue, settling
from feldsher.foundation.messaging import services as messaging
from soak.places import OWN
from soak.stand import Database

_SQL = Path(scheduling.__file__).parent / "sql"
_LOCK = "    PERFORM lock_days(p_practitioner, v_shared, v_locked);\n"
_INSERT = "    appointment := gen_random_uuid();\n"
_LANES = "b.active AND b.practitioner = p_practitioner AND b.occupied && o.occupied"
_UNCONSTRAINED = "ALTER TABLE scheduling_appointment DROP CONSTRAINT appointment_practitioner_free"
_UNSEEN = """
    ALTER TABLE scheduling_appointment ADD CONSTRAINT appointment_practitioner_free EXCLUDE USING gist (
        practitioner WITH =, lane WITH =, occupied WITH &&, (coalesce(party, chain)) WITH <>)
        WHERE (active AND {})
"""
_BY_START = "CREATE UNIQUE INDEX by_start ON scheduling_appointment (practitioner, lower(visit)) WHERE active"
_JOINS = "may_join(v_offer, tstzrange(p_start, p.ends), p.ticket, v_now)"
_COUNTED = f"(SELECT count(*) FROM scheduling_appointment b WHERE {_LANES}) < v_offer.capacity"  # noqa: S608 - words of ours
_POOL = "UPDATE scheduling_offer SET capacity = 2"


def _changed(file: str, *changes: tuple[str, str]) -> str:
    """Return a function of SQL with words of it replaced, each of which stands there once."""
    body = (_SQL / f"{file}.sql").read_text(encoding="utf-8")
    for before, after in changes:
        if body.count(before) != 1:
            raise LookupError(f"{file}.sql has these words not once: {before.strip()}")
        body = body.replace(before, after)
    return body


def _unseen(*states: str) -> tuple[str, ...]:
    """Let neither the check nor the constraint see visits in these states."""
    names = ", ".join(f"'{state}'" for state in states)
    return _overlooked(f"{{}}state NOT IN ({names})")


def _overlooked(seen: str) -> tuple[str, ...]:
    """Let the check and the constraint see only what is `seen`: SQL, with a place before each column."""
    check = _changed("hold_slot_once", (_LANES, f"{_LANES} AND {seen.format(*['b.'] * seen.count('{}'))}"))
    return _UNCONSTRAINED, _UNSEEN.format(seen.format(*[""] * seen.count("{}"))), check


@contextmanager
def _keyless() -> Iterator[None]:
    with (
        mock.patch.object(confirming, "earlier_outcome", return_value=None),
        mock.patch.object(confirming, "keep_outcome"),
    ):
        yield


def _believe_the_silence(talk: Talk) -> None:
    ending.refuse(talk, Rejected("lost"))


@contextmanager
def _told_without_a_key(told: str) -> Iterator[None]:
    """Tell by a function of `notices` as two workers would whose messages have no key in common."""
    send, tell = messaging.send_sms, getattr(notices, told)

    def send_anew(*kind: Any, key: str, **rest: Any) -> UUID:
        return send(*kind, key=f"{key}:{uuid4()}"[:100], **rest)

    def tell_twice(*row: Any, **rest: Any) -> None:
        tell(*row, **rest)
        tell(*row, **rest)

    with (
        mock.patch.object(messaging, "send_sms", send_anew),
        mock.patch.object(notices, told, tell_twice),
    ):
        yield


@contextmanager
def _many_to_a_phone() -> Iterator[None]:
    """Look for an open offer of the wish alone."""
    of_phone = "o.phone_key = w.phone_key AND o.state = 'open' AND o.phone_key <> ''"
    if queue._WAITERS.count(of_phone) != 1:
        raise LookupError("who waits is asked otherwise")
    with (
        mock.patch.object(queue, "_WAITERS", queue._WAITERS.replace(of_phone, "false")),
        mock.patch.object(offering, "_has_offer", return_value=False),
    ):
        yield


@dataclass(frozen=True)
class Control:
    """What is put back: statements for the owner, and a patch of Python.

    `place` is where it is looked for, `tells` what the checker must say.
    """

    what: str
    tells: str
    statements: tuple[str, ...] = ()
    patch: Callable[[], AbstractContextManager[object]] = nullcontext
    place: str = OWN

    def prepare(self, database: Database) -> None:
        with database.owner.transaction():
            for statement in self.statements:
                database.owner.execute(statement)


CONTROLS: Final = {
    "A": Control(
        "a look, then an insert, and nothing held between",
        "one doctor has",
        (_UNCONSTRAINED, _changed("hold_slot_once", (_LOCK, ""))),
    ),
    "B": Control(
        "a unique key that knows equal beginnings only",
        "one doctor has",
        (
            _UNCONSTRAINED,
            _BY_START,
            _changed(
                "hold_slot_once",
                (_LANES, _LANES.replace("b.occupied && o.occupied", "lower(b.visit) = p_start")),
            ),
        ),
    ),
    "C": Control(
        "visits that wait for the MIS are not busy time", "one doctor has", _unseen("booking", "unknown")
    ),
    "D": Control("a hold is a hint", "one doctor has", _unseen("held")),
    "E": Control(
        "the lock is taken after the look",
        "one doctor has",
        (_UNCONSTRAINED, _changed("hold_slot_once", (_LOCK, ""), (_INSERT, _LOCK + _INSERT))),
    ),
    "F": Control(
        "a pool counts those alone who have confirmed",
        "one doctor has",
        (_POOL, _changed("predicates", ("count(*) <", "count(*) FILTER (WHERE b.state <> 'held') <"))),
    ),
    "G": Control(
        "what staff hold is not checked",
        "one doctor has",
        (
            _UNCONSTRAINED,
            _changed("hold_slot_once", ("(v_near = 0 OR v_over", "(v_near = 0 OR v_by_staff OR v_over")),
        ),
    ),
    "H": Control(
        "a patient's conflict is looked for and does not stop",
        "one patient has",
        ("ALTER TABLE scheduling_appointment DROP CONSTRAINT appointment_patient_free",),
        lambda: mock.patch.object(confirming, "_free_of_clashes"),
    ),
    "I": Control(
        "a call that is sent again is a new one",
        " key",
        (_changed("hold_slot", ("decode(p_terms ->> 'key', 'hex')", "NULL")),),
        _keyless,
    ),
    "J": Control(
        "a lost answer is taken for a refusal",
        "of ours stand in the MIS",
        patch=lambda: mock.patch.object(booking, "_read_back", _believe_the_silence),
        place="medialog",
    ),
    "K": Control(
        "a group counts its places, and not what else is at their time",
        "one doctor has",
        (_UNCONSTRAINED, _changed("hold_slot_once", (_JOINS, _COUNTED))),
    ),
    "L": Control(
        "a message has no key of its visit's version and kind",
        "one of a kind is told of a version",
        patch=lambda: _told_without_a_key("tell_end_of_talk"),
    ),
    "M": Control(
        "an offer is a hint",
        "the offer to",
        _overlooked("NOT ({}channel = 'waiting' AND {}state = 'held')"),
    ),
    "N": Control(
        "who came last is served first",
        "came first",
        patch=lambda: mock.patch.object(queue, "_IN_ORDER", " ORDER BY w.created_at DESC, w.id"),
    ),
    "O": Control(
        "a time that is declined is anybody's until the next pass",
        "in vain",
        patch=lambda: mock.patch.object(settling, "pass_on", return_value=False),
    ),
    "P": Control(
        "each wish of a phone has an offer",
        "offers at one time",
        ("DROP INDEX scheduling_waiting_offer_of_phone",),
        _many_to_a_phone,
    ),
    "Q": Control(
        "a message of an offer has no key of it",
        "one of a kind is told of an offer",
        patch=lambda: _told_without_a_key("offer_time"),
    ),
    "R": Control(
        "a visit whose patient took an earlier time is not ended",
        "was offered and booked, and",
        patch=lambda: mock.patch.object(moving, "leave"),
    ),
}
