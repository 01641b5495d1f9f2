"""What is wrong is found: each wrong gateway fails the scenario that it is wrong in, and no other.

But for a patient with a new card each time: there a record is not found under it when it is to be moved.
"""

import pytest

from feldsher.integrations.mis.conformance import Status
from integrations.mis.conformance import wrong
from integrations.mis.conformance.stands import STANDS
from integrations.mis.conformance.wrong import Wrong

DANGERS: list[tuple[str, type[Wrong], str]] = [
    ("plain", wrong.TwoDoctorsOfOneId, "directory"),
    ("medialog_tickets", wrong.OneTicketForAll, "ticket"),
    ("medialog_tickets", wrong.NoTicket, "ticket"),
    ("bit_umc", wrong.VisitsLieInFree, "interval"),
    ("plain", wrong.ShiftedZone, "zones"),
    ("bit_umc", wrong.ShiftedZone, "zones"),
    ("infoclinica", wrong.ShiftedOffset, "zones"),
    ("infoclinica", wrong.TwoZones, "zones"),
    ("plain", wrong.GapIsFree, "breaks"),
    ("bit_umc", wrong.BreaksLieInFree, "breaks"),
    ("plain", wrong.EmptyIsFull, "empty"),
    ("bit_umc", wrong.OldAnswerIsFresh, "empty"),
    ("bit_umc", wrong.KeepsNoReserve, "hold"),
    ("bit_umc", wrong.ReservesTwice, "hold"),
    ("plain", wrong.BooksNothing, "book"),
    ("plain", wrong.CancelsAnother, "cancel"),
    ("plain", wrong.AlwaysAbsent, "read_back"),
    ("bit_umc", wrong.AlwaysAbsent, "read_back"),
    ("plain", wrong.FindsEverything, "read_back"),
    ("plain", wrong.TakenIsBooked, "taken"),
    ("plain", wrong.OverlapsAreBooked, "taken"),
    ("plain", wrong.BooksHalf, "durations"),
    ("plain", wrong.SaysItKeepsPauses, "buffers"),
    ("infoclinica", wrong.ANewCardEachTime, "cards move"),
    ("plain", wrong.RepeatsAfterUnknown, "lost"),
    ("plain", wrong.LostIsRejected, "lost"),
    ("bit_umc", wrong.LostIsRejected, "lost"),
    ("plain", wrong.OneLookIsEnough, "late"),
    ("infoclinica", wrong.AcknowledgesUnasked, "ack"),
    ("plain", wrong.TellsNoChanges, "ack"),
]
OTHERS: list[tuple[str, type[Wrong], str]] = [
    ("plain", wrong.HalfADirectory, "directory"),
    ("plain", wrong.Breaks, "directory"),
    ("infoclinica", wrong.ShortCells, "grid"),
    ("plain", wrong.WaitsForEver, "limits"),
    ("infoclinica", wrong.MovesByBookingAnew, "move"),
    ("n3_moves", wrong.MovesByBookingAnew, "move"),
    ("bit_umc", wrong.CancelledIsRefused, "cancel_twice"),
    ("n3", wrong.CancelledIsRefused, "cancel_twice"),
]


@pytest.mark.parametrize(("stand", "kind", "scenario"), DANGERS)
def test_a_gateway_that_would_sell_a_time_twice_is_told_so(
    stand: str, kind: type[Wrong], scenario: str
) -> None:
    assert failed(stand, kind) == (3, set(scenario.split()))


@pytest.mark.parametrize(("stand", "kind", "scenario"), OTHERS)
def test_a_gateway_that_is_wrong_otherwise_is_told_so_too(
    stand: str, kind: type[Wrong], scenario: str
) -> None:
    assert failed(stand, kind) == (1, {scenario})


def failed(name: str, kind: type[Wrong]) -> tuple[int, set[str]]:
    """Return the exit code and which scenarios failed, each with what happened and what to do."""
    with STANDS[name].running() as running:
        report = running.check(kind(running.gateway()))
    failures = [result for result in report.results if result.status is Status.FAILED]
    assert all(result.says and result.do for result in failures)
    return report.exit_code, {result.name for result in failures}
