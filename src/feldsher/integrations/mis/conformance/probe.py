"""A first look at a MIS: whether it answers, as whom it lets us in, what it tells, and what is likely wrong.

Reads only: its address, the directory, and the free time of a week.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    Capabilities,
    FreeTime,
    GatewayUnavailableError,
    MisGateway,
    TimeKind,
    Window,
)
from feldsher.foundation.egress.client import LostError, NotSentError, Reply
from feldsher.kernel import clock

SKEW = timedelta(seconds=30)
NIGHT = (time(5), time(23))
"""Free time before or after these hours is a clock of another zone, or a clinic that never sleeps."""
MOST_BRANCHES = 20
_HINTS = (
    ("certificate is not trusted", "Have the whole chain served, or install the authority on this machine"),
    ("RefusedHost", "Put the name into FELDSHER_INTERNAL_HOSTS if it leads into the clinic's own network"),
    ("Connect", "Look at address, port and firewall: nothing was reached"),
    ("clock", "Have the clocks of both machines set by NTP"),
    ("401", "Look at user and password: the MIS does not let us in"),
    ("403", "Look at the rights of the login, and at the list of addresses that may call"),
    ("404", "Look at the path of the address: another page answers there"),
    ("Timeout", "Ask from a machine nearer to the MIS, and whether a firewall swallows the answer"),
)
_OTHERWISE = "Show these words to the vendor's engineer"


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of what was seen; `do` is there where something is wrong or missing."""

    what: str
    says: str
    do: str = ""


def probe(gateway: MisGateway, *, call: Callable[[], Reply], days: Window) -> Iterator[Seen]:
    """Yield what is seen, one look after another; `call` asks the address for anything at all."""
    yield from _address(call)
    yield from _directory(gateway)
    try:
        told = gateway.free(days)
    except GatewayUnavailableError as error:
        yield _failed("free time", error)
    else:
        yield from _free(told)
        yield from _zones(told)
    yield from _abilities(gateway.capabilities())


def hint(words: str) -> str:
    """Return what to do about an error, by the words in which it is told."""
    return next((do for sign, do in _HINTS if sign in words), _OTHERWISE)


def _failed(what: str, error: GatewayUnavailableError) -> Seen:
    return Seen(what, f"did not come: {error.detail}", hint(error.detail))


def _address(call: Callable[[], Reply]) -> Iterator[Seen]:
    try:
        reply = call()
    except (NotSentError, LostError) as error:
        yield Seen("address", f"nothing answers: {error}", hint(str(error)))
        return
    yield Seen("address", f"answers (HTTP {reply.status})")
    if reply.clock is None:
        yield Seen("clock", "is not told")
        return
    skew = reply.clock - clock.now().astimezone(UTC)
    seconds = abs(round(skew.total_seconds()))
    if abs(skew) <= SKEW:
        yield Seen("clock", f"agrees with ours to {seconds} s")
    else:
        way = "ahead of" if skew > timedelta(0) else "behind"
        yield Seen("clock", f"is {seconds} s {way} ours", "Have the clocks of both machines set by NTP")


def _directory(gateway: MisGateway) -> Iterator[Seen]:
    try:
        told = gateway.directory()
    except GatewayUnavailableError as error:
        yield _failed("directory", error)
        return
    counts = (
        f"{len(told.locations)} branches, {len(told.practitioners)} doctors, {len(told.services)} services"
    )
    do = ""
    if told.completeness is not Completeness.FULL or not told.practitioners or not told.locations:
        do = "See that the login may read every branch and doctor that is to be on the site"
    yield Seen("directory", f"{counts} ({told.completeness.value.replace('_', ' ')})", do)
    own = Counter(branch for doctor in told.practitioners for branch in doctor.location_ids)
    for branch in told.locations[:MOST_BRANCHES]:
        empty = "" if own[branch.id] else "Leave the branch out, or have its doctors shown to the login"
        yield Seen(f"branch {branch.id}", f"{branch.name}, {own[branch.id]} doctors", empty)
    for warning in told.warnings[:MOST_BRANCHES]:
        yield Seen("directory", warning, "Have the vendor's engineer look at it")


def _free(told: FreeTime) -> Iterator[Seen]:
    free = [item for item in told.items if item.kind is TimeKind.FREE]
    doctors = {(item.resource.practitioner_id, item.resource.location_id) for item in free}
    says = f"{len(free)} stretches of {len(doctors)} doctors ({told.completeness.value.replace('_', ' ')})"
    if told.completeness is not Completeness.FULL:
        yield Seen("free time", says, "Have a schedule made for the next days, and its rights looked at")
    elif not free:
        yield Seen("free time", says, "Have some time opened for the site in these days")
    else:
        yield Seen("free time", says)
    early, late = NIGHT
    nightly = [item for item in free if not early <= _hour(item.begin.seconds) < late and item.begin.seconds]
    if nightly:
        yield Seen(
            "hours",
            f"{len(nightly)} free stretches begin at night, the first at {nightly[0].begin.iso()[:16]}",
            "Compare one doctor's hours by eye: the MIS may send the clock of another zone",
        )
    for warning in told.warnings[:MOST_BRANCHES]:
        yield Seen("free time", warning, "Have the vendor's engineer look at it")


def _hour(seconds: int) -> time:
    return (datetime.min + timedelta(seconds=seconds)).time()  # noqa: DTZ901 - a clock face


def _zones(told: FreeTime) -> Iterator[Seen]:
    by_branch: dict[str, set[int]] = {}
    for each in told.offsets:
        by_branch.setdefault(each.location_id, set()).add(each.minutes)
    for branch, minutes in sorted(by_branch.items()):
        spelt = ", ".join(f"UTC{each / 60:+g}" for each in sorted(minutes))
        do = "Have the branch's zone corrected in the MIS: it contradicts itself" if len(minutes) > 1 else ""
        yield Seen(f"zone of {branch}", spelt, do)
    if not by_branch:
        yield Seen("zones", "are not told: each branch gets its own on the site")


def _abilities(can: Capabilities) -> Iterator[Seen]:
    yield Seen("time comes as", can.semantics.shape.value)
    yield Seen("asked at most", f"{can.max_window_days} days at once")
    for is_there, what, lack in (
        (can.holds, "reserve", "a visit is written at once when the patient confirms"),
        (can.change_feed, "feed of changes", "the schedule is read instead, every two minutes"),
        (can.can_move, "moving", "the site books anew and cancels"),
        (
            can.has_reference or can.can_find_by_patient or can.holds,
            "finding a visit",
            "what is lost on the way is settled by a registrar",
        ),
    ):
        yield Seen(what, "yes" if is_there else f"no: {lack}")
