"""Counts wrong tries and closes a counter for a time; what is counted decides whom a stranger can shut out.

A browser in which somebody has signed in before has a counter of its own, so that a stranger who hammers a
login from elsewhere never closes it to its owner (C28). Everybody else is counted by login and network, and
by network alone under a high ceiling. An unknown login is counted like a known one.

A try is counted before it is looked at and given back when it was right: of guesses at once no more are
looked at than the ceiling allows. Each further lock is twice as long, up to four hours; a day without a wrong
try, or a right one, forgets them. A network keeps its count for a quarter of an hour only: many sit behind
one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from feldsher.foundation.access.errors import TooManyTriesError
from feldsher.foundation.access.models import WrongTries
from feldsher.foundation.vault.sealing import blind_index
from feldsher.kernel import clock
from feldsher.kernel.addresses import is_public, neighbourhood_of

TRIES, NETWORK_TRIES = 5, 100
LOCK, LONGEST_LOCK = timedelta(minutes=15), timedelta(hours=4)
MEMORY = timedelta(hours=24)
_PURPOSE = "access.wrong_tries"


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, by the hash of its name; `is_shared` by many people, who must not reset it alone."""

    id: UUID
    ceiling: int = TRIES
    memory: timedelta = MEMORY
    is_shared: bool = False


def password_counters(login: str, *, browser: str | None, address: str) -> tuple[Counter, ...]:
    """Return what counts a password: `browser` is the id of one that this login has used, None elsewhere."""
    if browser is not None:
        return (_counter("password", login, "browser", browser),)
    network = neighbourhood_of(address)
    own = _counter("password", login, "network", network)
    if not is_public(address):
        # A proxy's own address would make strangers and staff one network.
        return (own,)
    everyone = Counter(_id("password", "network", network), NETWORK_TRIES, LOCK, is_shared=True)
    return (own, everyone)


def factor_counters(user_id: UUID, *, browser: str | None, address: str) -> tuple[Counter, ...]:
    """Return what counts the codes of somebody who gave the right password."""
    where = ("browser", browser) if browser is not None else ("network", neighbourhood_of(address))
    return (_counter("factor", str(user_id), *where),)


def reserve(counters: tuple[Counter, ...]) -> None:
    """Count a try before it is looked at. Raises TooManyTriesError, and counts nothing, if one is closed."""
    now, by_id = clock.now(), {each.id: each for each in counters}
    fresh = [WrongTries(id=each, last_at=now) for each in sorted(by_id)]
    with transaction.atomic():
        WrongTries.objects.bulk_create(fresh, ignore_conflicts=True)
        rows = list(_locked(counters))
        closed = [row.locked_until for row in rows if row.locked_until is not None and row.locked_until > now]
        if closed:
            raise TooManyTriesError("a counter is closed", retry_at=max(closed), now=now)
        for row in rows:
            _count(row, by_id[row.id], now)


def forgive(counters: tuple[Counter, ...]) -> None:
    """Give a try back, because it was right: what is its person's own starts anew."""
    by_id = {each.id: each for each in counters}
    with transaction.atomic():
        for row in _locked(counters):
            if by_id[row.id].is_shared:
                row.wrong = max(row.wrong - 1, 0)
            else:
                row.wrong = row.locks = 0
            if row.locked_until is not None and row.wrong < by_id[row.id].ceiling:
                row.locked_until, row.locks = None, max(row.locks - 1, 0)
            row.save()


def forget() -> int:
    """Delete the counters that remember nothing any more; returns how many."""
    now = clock.now()
    return WrongTries.objects.filter(last_at__lt=now - MEMORY - LONGEST_LOCK).delete()[0]


def _count(row: WrongTries, counter: Counter, now: datetime) -> None:
    if row.last_at < now - counter.memory:
        row.wrong = 0
    if row.last_at < now - MEMORY:
        row.locks = 0
    if row.locked_until is not None:
        row.wrong, row.locked_until = 0, None
    row.wrong, row.last_at = row.wrong + 1, now
    if row.wrong >= counter.ceiling:
        row.locked_until = now + min(LOCK * 2**row.locks, LONGEST_LOCK)
        row.locks = min(row.locks + 1, 8)
    row.save()


def _locked(counters: tuple[Counter, ...]) -> list[WrongTries]:
    """Return the rows, locked in one order, so that two tries at once wait and don't embrace."""
    ids = [each.id for each in counters]
    return list(WrongTries.objects.select_for_update().filter(id__in=ids).order_by("id"))


def _counter(*name: str) -> Counter:
    return Counter(_id(*name))


def _id(*name: str) -> UUID:
    """Return the row of a counter; each part of its name follows its length, so that no two share one."""
    text = "".join(f"{len(part)}:{part}" for part in name)
    return UUID(bytes=blind_index(_PURPOSE, text)[:16])
